"""The networks of the PyTorch side of `cargo xtask bench fit`: towers of DNN, DCN and STAR, and the selector.

Rows are routed: a row runs through the tower of its scenario, a shared row runs through every tower, and what all
towers need of a row is computed once. A batch lies in the order [shared rows | other rows], both by scenario, so that
the rows of a tower are two slices.
"""

import dataclasses
import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


@dataclasses.dataclass
class Routing:
    """The rows of a batch by tower. `shared` and `own` count the rows of both parts by scenario."""

    shared: list
    own: list

    def __post_init__(self):
        self.ns = sum(self.shared)
        self.of_shared = slices(0, self.shared)
        self.of_own = slices(self.ns, self.own)

    def take(self, x, k):
        """The rows of `x` that tower `k` sees: shared rows first."""
        own = self.of_own[k]
        if own.start == own.stop:
            return x[: self.ns]
        return x[own] if self.ns == 0 else torch.cat((x[: self.ns], x[own]))

    def of_scenario(self, x, k):
        """The rows of `x` of scenario `k`."""
        parts = [x[part] for part in (self.of_shared[k], self.of_own[k]) if part.stop > part.start]
        return torch.cat(parts) if len(parts) > 1 else parts[0] if parts else x[:0]

    def towers(self):
        """The towers that see a row."""
        return [k for k, own in enumerate(self.own) if own or self.ns]


def slices(start, counts):
    ends = list(itertools.accumulate(counts, initial=start))
    return [slice(a, b) for a, b in zip(ends, ends[1:])]


class Gather(torch.autograd.Function):
    """Rows in another order. The gradient is gathered back, which is faster than adding it up."""

    @staticmethod
    def forward(ctx, x, order):
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order))
        ctx.save_for_backward(back)
        return x.index_select(0, order)

    @staticmethod
    def backward(ctx, gradient):
        return gradient.index_select(0, ctx.saved_tensors[0]), None


BITS = np.random.SFC64(5)


def dropout(h, p):
    """Dropout with 16 random bits per unit, which are much cheaper than torch's generator on processors."""
    n = h.numel()
    bits = BITS.random_raw(n // 4 + 1).view(np.uint16)[:n]
    keep = torch.from_numpy((bits >= np.uint16(p * 65536)).view(np.uint8)).view(h.shape)
    return h * keep.to(h.dtype).mul_(1 / (1 - p))


def hidden(h, layers, rates):
    """Hidden layers with a dropout each."""
    for layer, p in zip(layers, rates):
        h = F.relu(layer(h))
        if p > 0:
            h = dropout(h, p)
    return h


def mlp(width, sizes):
    return nn.ModuleList(nn.Linear(i, o) for i, o in itertools.pairwise((width, *sizes)))


class Selector(nn.Module):
    def __init__(self, width, sizes, heads):
        super().__init__()
        self.layers = mlp(width, sizes)
        self.heads = nn.Linear(sizes[-1], heads)

    def forward(self, e, d):
        return self.heads(hidden(e, self.layers, [0.0] * len(self.layers))).gather(1, d[:, None])[:, 0]


class Dnn(nn.Module):
    per_tower_mean = False

    def __init__(self, width, towers, settings, _scenario):
        super().__init__()
        sizes = settings["model"]["mlp"]
        self.towers = nn.ModuleList(mlp(width, sizes) for _ in range(towers))
        self.outs = nn.ModuleList(nn.Linear(sizes[-1], 1) for _ in range(towers))

    def forward(self, e, routing, p):
        """The logits of every tower for the rows it sees."""
        return [self.tower(k, routing.take(e, k), p) for k in routing.towers()]

    def tower(self, k, e, p):
        p = p if self.training else 0.0
        return self.outs[k](hidden(e, self.towers[k], [p] * len(self.towers[k])))[:, 0]


class Dcn(Dnn):
    """The cross layers x_l = a_l·e + b_l are kept as one number a_l per row and one vector b_l for all rows, so that
    they need one narrow product instead of passes over wide rows."""

    def __init__(self, width, towers, settings, scenario):
        super().__init__(width, towers, settings, scenario)
        layers, last = settings["model"]["cross"], settings["model"]["mlp"][-1]
        uniform = lambda n, *shape: nn.Parameter(torch.empty(shape).uniform_(-n ** -0.5, n ** -0.5))
        self.cross = nn.ParameterList(uniform(width, layers, width) for _ in range(towers))
        self.shifts = nn.ParameterList(torch.zeros(layers, width) for _ in range(towers))
        self.outs = nn.ParameterList(uniform(width + last, width + last) for _ in range(towers))

    def tower(self, k, e, p):
        p = p if self.training else 0.0
        width, cross = e.shape[1], self.cross[k]
        of_crossed, of_hidden = self.outs[k][:width], self.outs[k][width:]
        products = e @ torch.cat((cross, of_crossed[None])).T
        # Column l of `constants` is (b_0 + … + b_{l−1})·w_l; the last one is that of the output.
        sums = F.pad(self.shifts[k].cumsum(0), (0, 0, 1, 0))
        constants = (sums * torch.cat((cross, of_crossed[None]))).sum(1)
        a = torch.ones(len(e))
        for l in range(len(cross)):
            a = a + a * products[:, l] + constants[l]
        h = hidden(e, self.towers[k], [p] * len(self.towers[k]))
        return a * products[:, -1] + constants[-1] + h @ of_hidden


class Star(nn.Module):
    """A tower's weights are the shared ones times its own. The normalisation is part of the first layer's weights."""

    per_tower_mean = True

    def __init__(self, width, towers, settings, scenario):
        super().__init__()
        star, dim = settings["star"], settings["model"]["dim"]
        self.rates, self.scenario = star["dropout"], slice(scenario * dim, (scenario + 1) * dim)
        pairs = list(itertools.pairwise((width, *star["mlp"], 1)))
        self.aux = nn.Sequential(nn.Linear(dim, star["aux"]), nn.ReLU(), nn.Linear(star["aux"], 1))
        self.shared = nn.ModuleList(nn.Linear(i, o) for i, o in pairs)
        for layer in [*self.shared, self.aux[0], self.aux[2]]:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.weights = nn.ModuleList(nn.ParameterList(torch.ones(o, i) for i, o in pairs) for _ in range(towers))
        self.biases = nn.ModuleList(nn.ParameterList(torch.zeros(o) for _, o in pairs) for _ in range(towers))
        self.norm = nn.ParameterDict({"scale": torch.ones(width), "shift": torch.zeros(width)})
        self.norms = nn.ParameterList(torch.stack((torch.ones(width), torch.zeros(width))) for _ in range(towers))
        self.register_buffer("mean", torch.zeros(towers, width))
        self.register_buffer("variance", torch.ones(towers, width))
        self.batches = [0] * towers

    def moments(self, k, rows):
        if not self.training or len(rows) == 0:
            return self.mean[k], self.variance[k]
        variance, mean = torch.var_mean(rows, 0, unbiased=False)
        with torch.no_grad():
            self.batches[k] = min(self.batches[k] + 1, 100)
            self.mean[k].lerp_(mean, 1 / self.batches[k])
            self.variance[k].lerp_(variance, 1 / self.batches[k])
        return mean, variance

    def forward(self, e, routing, _p):
        a = self.aux(e[:, self.scenario])[:, 0]
        out = []
        for k in routing.towers():
            mean, variance = self.moments(k, routing.of_scenario(e, k))
            scale = self.norm["scale"] * self.norms[k][0] * torch.rsqrt(variance + 1e-3)
            shift = self.norm["shift"] + self.norms[k][1] - mean * scale
            h = routing.take(e, k)
            for l, layer in enumerate(self.shared):
                w, b = layer.weight * self.weights[k][l], layer.bias + self.biases[k][l]
                if l == 0:
                    w, b = w * scale, b + w @ shift
                h = F.linear(h, w, b)
                if l + 1 < len(self.shared):
                    h = F.relu(h)
                    if self.training:
                        h = dropout(h, self.rates[min(l, len(self.rates) - 1)])
            out.append(h[:, 0] + routing.take(a, k))
        return out


BACKBONES = {"dnn": Dnn, "dcn": Dcn, "star": Star}


class Model(nn.Module):
    """A table of embeddings below the towers of a backbone."""

    def __init__(self, backbone, ids, fields, towers, settings, scenario, sparse):
        super().__init__()
        dim = settings["model"]["dim"]
        self.table = nn.Embedding(ids, dim, sparse=sparse)
        nn.init.xavier_uniform_(self.table.weight)
        self.net = BACKBONES[backbone](fields * dim, towers, settings, scenario)
        self.towers = towers

    def embed(self, x):
        return self.table(x).view(len(x), -1)

    def losses(self, e, y, routing, p):
        """The objective, and the part of each shared row in it with what the row takes from the towers' means."""
        logits = self.net(e, routing, p)
        z = torch.cat(logits)
        cost = F.binary_cross_entropy_with_logits(
            z, torch.cat([routing.take(y, k) for k in routing.towers()]), reduction="none")
        seen = [len(part) for part in logits]
        ns, m = routing.ns, len(y)
        if self.net.per_tower_mean:
            weight = torch.repeat_interleave(1 / torch.tensor(seen, dtype=z.dtype), torch.tensor(seen))
        elif ns == 0:
            return cost.sum() / m, None
        else:
            weight = torch.full_like(z, 1 / m)
            for start in np.cumsum([0, *seen[:-1]]):
                weight[start : start + ns] = 1 / (m * self.towers)
        cost = cost * weight
        parts = cost.detach().split(seen)
        of_shared = sum(part[:ns] for part in parts)
        if self.net.per_tower_mean:
            of_shared = of_shared - sum(part.sum() / n for part, n in zip(parts, seen))
        return cost.sum(), of_shared

    @torch.no_grad()
    def predict(self, x, d, size):
        """The logits of rows by the towers of their scenarios."""
        self.eval()
        z = torch.empty(len(x))
        for i in range(0, len(x), size):
            tower = d[i : i + size].long() if self.towers > 1 else torch.zeros(len(d[i : i + size]), dtype=torch.int64)
            order = tower.argsort(stable=True)
            routing = Routing([0] * self.towers, torch.bincount(tower, minlength=self.towers).tolist())
            z[i + order] = torch.cat(self.net(self.embed(x[i : i + size][order]), routing, 0.0))
        self.train()
        return z
