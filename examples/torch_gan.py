"""Two networks against each other: one learns to draw points of a ring, one to tell them from real ones.

Run it with `python examples/torch_gan.py`, then look at what was recorded with `fitscribe show latest`.
"""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import fitscribe

fitscribe.autolog()  # the one line

EPOCHS = 12
BATCH_SIZE = 128
LATENT = 8


def ring(samples: int) -> torch.Tensor:
    angles = torch.randint(0, 8, (samples,)) * math.pi / 4
    centres = torch.stack([angles.cos(), angles.sin()], dim=1)
    return 2 * centres + 0.05 * torch.randn(samples, 2)


def mlp(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, outputs)
    )


torch.manual_seed(0)
dataloader = DataLoader(TensorDataset(ring(4096)), batch_size=BATCH_SIZE, shuffle=True, drop_last=True)

netG = mlp(LATENT, 2)
netD = mlp(2, 1)
criterion = nn.BCEWithLogitsLoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=5e-4, betas=(0.5, 0.999))

for epoch in range(EPOCHS):
    for i, (real,) in enumerate(dataloader):
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)

        # the discriminator: real points are real, drawn ones are not
        optimizerD.zero_grad()
        loss_real = criterion(netD(real), ones)
        fake = netG(torch.randn(len(real), LATENT))
        loss_fake = criterion(netD(fake.detach()), zeros)
        loss_d = loss_real + loss_fake
        loss_d.backward()
        optimizerD.step()

        # the generator: drawn points are to pass for real ones
        optimizerG.zero_grad()
        loss_g = criterion(netD(fake), ones)
        loss_g.backward()
        optimizerG.step()

        if i % 8 == 0:
            print(
                f"[{epoch + 1}/{EPOCHS}] batch {i:2d}  loss_d {loss_d.item():.6f}  loss_g {loss_g.item():.6f}"
            )

with torch.no_grad():
    drawn = netG(torch.randn(1000, LATENT))
print(f"drawn points are {drawn.norm(dim=1).mean():.6f} from the centre, real ones 2")
print(f"discriminator {sum(p.numel() for p in netD.parameters())} parameters", end=", ")
print(f"generator {sum(p.numel() for p in netG.parameters())} parameters")
