"""Checks the networks of the benchmark: routed rows give the loss and the gradients of every tower on every row.

    python check.py
"""

import torch
import torch.nn.functional as F
from networks import BACKBONES, Model, Routing

SETTINGS = {
    "model": {"dim": 4, "mlp": [7, 5], "cross": 3},
    "star": {"mlp": [6, 5], "dropout": [0.0], "aux": 3},
}
ROWS, FIELDS, IDS, TOWERS, SCENARIO = 60, 3, 20, 3, 1


def every_row(model, e, y, d, shared):
    """The objective by its definition, with each tower on each row. STAR's moments are those of a tower's scenario."""
    alone = Routing([ROWS] + [0] * (TOWERS - 1), [0] * TOWERS)
    if model.net.per_tower_mean:
        own = [d == k for k in range(TOWERS)]
        model.net.moments = lambda k, _: torch.var_mean(e[own[k]], 0, unbiased=False)[::-1]
    z = torch.stack(model.net(e, alone, 0.0), 1)
    cost = F.binary_cross_entropy_with_logits(z, y[:, None].expand_as(z), reduction="none")
    sees = shared[:, None] | (d[:, None] == torch.arange(TOWERS))
    if model.net.per_tower_mean:
        return (cost * sees / sees.sum(0)).sum()
    return (cost * sees / torch.where(shared, TOWERS, 1)[:, None]).sum() / ROWS


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters()}


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3)
    x, y = torch.randint(IDS, (ROWS, FIELDS)), torch.randint(2, (ROWS,)).double()
    d = torch.randint(TOWERS, (ROWS,))
    for backbone in BACKBONES:
        for part in (0.0, 0.4, 1.0):
            shared = torch.rand(ROWS) < part
            model = Model(backbone, IDS, FIELDS, TOWERS, SETTINGS, SCENARIO, False)
            for p in model.parameters():
                p.data.add_(0.1 * torch.randn_like(p))
            place = d + TOWERS * ~shared
            order = place.argsort(stable=True)
            routing = Routing(*torch.bincount(place, minlength=2 * TOWERS).view(2, TOWERS).tolist())
            routed = model.losses(model.embed(x[order]), y[order], routing, 0.0)[0]
            ours = gradients(model, routed)
            whole = every_row(model, model.embed(x), y, d, shared)
            theirs = gradients(model, whole)
            far = max((ours[name] - theirs[name]).abs().max().item() for name in ours)
            assert abs(routed.item() - whole.item()) < 1e-12 and far < 1e-12, (backbone, part, far)
        print(backbone, "agrees")


if __name__ == "__main__":
    main()
