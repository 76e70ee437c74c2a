"""Cross-validate a small network: a new model and a new optimizer for each fold, each stopped early by hand.

Run it with `python examples/torch_folds.py`, then look at what was recorded with `fitscribe ls` and
`fitscribe show latest`. It needs torch and scikit-learn, which brings the data and the folds.
"""

import copy

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

import fitscribe

fitscribe.autolog()  # the one line

FOLDS = 4
MAX_EPOCHS = 40
PATIENCE = 3


def build_model():
    return nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 2))


def validate(model, criterion, loader):
    model.eval()
    loss, correct, count = 0.0, 0, 0
    with torch.no_grad():
        for xb, yb in loader:
            out = model(xb)
            loss += criterion(out, yb).item() * len(yb)
            correct += (out.argmax(dim=1) == yb).sum().item()
            count += len(yb)
    return loss / count, correct / count


torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor((X - X.mean(axis=0)) / X.std(axis=0), dtype=torch.float32)
dataset = TensorDataset(X, torch.tensor(y))

accuracies = []
for fold, (train_rows, val_rows) in enumerate(KFold(FOLDS, shuffle=True, random_state=0).split(X)):
    train_loader = DataLoader(Subset(dataset, train_rows), batch_size=32, shuffle=True)
    val_loader = DataLoader(Subset(dataset, val_rows), batch_size=64)

    model = build_model()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)

    best_loss, best_state, waited = float("inf"), None, 0
    for epoch in range(MAX_EPOCHS):
        model.train()
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()

        val_loss, val_accuracy = validate(model, criterion, val_loader)
        print(f"fold {fold}  epoch {epoch:2d}  val loss {val_loss:.6f}  val accuracy {val_accuracy:.6f}")
        if val_loss < best_loss:
            best_loss, best_state, waited = val_loss, copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited == PATIENCE:
                break

    model.load_state_dict(best_state)
    best_loss, best_accuracy = validate(model, criterion, val_loader)
    print(f"fold {fold}  best  val loss {best_loss:.6f}  val accuracy {best_accuracy:.6f}")
    accuracies.append(best_accuracy)

print(f"{FOLDS} folds  mean accuracy {sum(accuracies) / len(accuracies):.6f}")
