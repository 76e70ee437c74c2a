"""Teach a small transformer to write like the source of Python's argparse, one character after the other.

Run it with `python examples/torch_text.py`, then look at what was recorded with `fitscribe show latest`.
Compiling the model with the default backend takes a C++ compiler; `--backend aot_eager` does without.
"""

import argparse
import math
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

import fitscribe

fitscribe.autolog()  # the one line


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        batch, length, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(attended.transpose(1, 2).reshape(batch, length, width))
        return x + self.mlp(self.norm2(x))


class CharLM(nn.Module):
    def __init__(self, vocab_size, block_size, width, heads, layers):
        super().__init__()
        self.tokens = nn.Embedding(vocab_size, width)
        self.positions = nn.Embedding(block_size, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocab_size)

    def forward(self, x):
        h = self.tokens(x) + self.positions(torch.arange(x.shape[1], device=x.device))
        return self.head(self.norm(self.blocks(h)))


def get_batch(data, block_size, batch_size):
    starts = torch.randint(len(data) - block_size, (batch_size,)).tolist()
    x = torch.stack([data[i : i + block_size] for i in starts])
    y = torch.stack([data[i + 1 : i + 1 + block_size] for i in starts])
    return x, y


def compute_loss(model, x, y):
    logits = model(x)
    return F.cross_entropy(logits.view(-1, logits.shape[-1]), y.view(-1))


@torch.no_grad()
def evaluate(model, data, block_size):
    model.eval()
    windows = (len(data) - 1) // block_size
    x = data[: windows * block_size].view(windows, block_size)
    y = data[1 : windows * block_size + 1].view(windows, block_size)
    val_loss = compute_loss(model, x, y)
    model.train()
    return val_loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--accumulate", type=int, default=4, help="batches per step")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--block-size", type=int, default=32)
    parser.add_argument("--width", type=int, default=48)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--eval-every", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--backend", default="inductor")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    text = Path(argparse.__file__).read_text()[:40_000]
    characters = sorted(set(text))
    data = torch.tensor([characters.index(each) for each in text])
    train_data, val_data = data[:36_000], data[36_000:]

    model = CharLM(len(characters), args.block_size, args.width, args.heads, args.layers)
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    model = torch.compile(model, backend=args.backend)

    def rate(step):
        if step < args.warmup:
            return (step + 1) / args.warmup
        return 0.5 * (1 + math.cos(math.pi * (step - args.warmup) / (args.steps - args.warmup)))

    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, betas=(0.9, 0.95), weight_decay=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)

    for step in range(1, args.steps + 1):
        optimizer.zero_grad(set_to_none=True)
        step_loss = 0.0
        for _ in range(args.accumulate):
            x, y = get_batch(train_data, args.block_size, args.batch_size)
            loss = compute_loss(model, x, y) / args.accumulate
            loss.backward()
            step_loss += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip)
        lr = optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
        if step % 10 == 0:
            print(f"step {step:3d}  loss {step_loss:.6f}  lr {lr:.6e}  gradient norm {norm:.6f}")
        if step % args.eval_every == 0:
            print(f"step {step:3d}  val loss {evaluate(model, val_data, args.block_size):.6f}")


if __name__ == "__main__":
    main()
