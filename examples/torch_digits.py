"""Read handwritten digits with a small convolutional network, in mixed precision.

Run it with `python examples/torch_digits.py --epochs 6`, then look at what was recorded with `fitscribe ls`
and `fitscribe show latest`. It needs torch and scikit-learn, which brings the images.
"""

import argparse

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import fitscribe

fitscribe.autolog()  # the one line


class DigitNet(nn.Module):
    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(8 * width, 10))

    def forward(self, images):
        return self.classifier(self.features(images))


def load_data(batch_size: int):
    images, labels = load_digits(return_X_y=True)
    X = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    y = torch.tensor(labels)
    rest, test = train_test_split(range(len(y)), test_size=297, stratify=labels, random_state=0)
    train, val = train_test_split(rest, test_size=300, stratify=labels[rest], random_state=0)
    train_set, val_set, test_set = (TensorDataset(X[rows], y[rows]) for rows in (train, val, test))
    return (
        DataLoader(train_set, batch_size=batch_size, shuffle=True),
        DataLoader(val_set, batch_size=128),
        DataLoader(test_set, batch_size=128),
    )


def train_one_epoch(model, loader, criterion, optimizer, scheduler, scaler, device):
    model.train()
    running_loss = 0.0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        with torch.autocast(device.type, dtype=torch.bfloat16):
            outputs = model(images)
            loss = criterion(outputs, labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        running_loss += loss.item()
    return running_loss / len(loader)


@torch.no_grad()
def evaluate(model, loader, criterion, device):
    model.eval()
    total_loss, matrix = 0.0, torch.zeros(10, 10, dtype=torch.int64)
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            outputs = model(images)
            loss = criterion(outputs, labels)
        total_loss += loss.item() * len(labels)
        for label, prediction in zip(labels.tolist(), outputs.argmax(1).tolist(), strict=True):
            matrix[label, prediction] += 1
    total = matrix.sum().item()
    return total_loss / total, matrix.trace().item() / total, matrix


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=1e-2)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", default="digits.pt")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, val_loader, test_loader = load_data(args.batch_size)

    model = DigitNet(args.width, args.dropout).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.lr, epochs=args.epochs, steps_per_epoch=len(train_loader)
    )
    scaler = torch.amp.GradScaler(device.type)

    best_accuracy = 0.0
    for epoch in range(1, args.epochs + 1):
        train_loss = train_one_epoch(model, train_loader, criterion, optimizer, scheduler, scaler, device)
        val_loss, val_accuracy, _ = evaluate(model, val_loader, criterion, device)
        lr = scheduler.get_last_lr()[0]
        print(
            f"epoch {epoch:2d}  train loss {train_loss:.6f}  "
            f"val loss {val_loss:.6f}  val accuracy {val_accuracy:.6f}  lr {lr:.6e}"
        )
        if val_accuracy > best_accuracy:
            best_accuracy = val_accuracy
            torch.save({"epoch": epoch, "model": model.state_dict()}, args.checkpoint)

    best = torch.load(args.checkpoint)
    model.load_state_dict(best["model"])
    test_loss, test_accuracy, matrix = evaluate(model, test_loader, criterion, device)
    print(f"best epoch {best['epoch']}  test loss {test_loss:.6f}  test accuracy {test_accuracy:.6f}")
    for digit, row in enumerate(matrix.tolist()):
        print(f"{digit} taken for", *row)


if __name__ == "__main__":
    main()
