"""STAR and HMoE in the fastest PyTorch that we know, as opponents in `cargo xtask bench train --backbone star|hmoe`.

The harness (clock, data, selector, optimisers, dropout) is the opponent's `ssim_torch.py`, whose
folder must be on PYTHONPATH. This file has the two networks and their objective. Rows are routed as
in that script: a row runs through its own tower, a shared row runs through all towers, and values
that all towers need are computed once per row.

    python star_hmoe.py bench --model star [the options of ssim_torch.py]
    python star_hmoe.py check tests/reference      compares gradients with tests/reference, which runs every tower on every row
"""

import argparse
import json
import math
import pathlib
import sys

import numpy as np
import ssim_torch as harness
import torch
import torch.nn.functional as F
from torch import nn


def segments(counts):
    """Slices of consecutive rows with these counts."""
    ends = np.cumsum(counts)
    return [slice(end - n, end) for n, end in zip(counts, ends)]


def by_tower(shared, own):
    """The ranges of rows that each tower sees. Shared rows come first in the batch."""
    ns = sum(shared)
    return [[slice(0, ns), slice(s.start + ns, s.stop + ns)] for s in segments(own)]


def take(x, ranges):
    parts = [x[r] for r in ranges if r.stop > r.start]
    return parts[0] if len(parts) == 1 else torch.cat(parts) if parts else x[:0]


class Routed(nn.Module):
    """Embedding and selector around a network of towers. The loss is the sum of a mean per tower."""

    def __init__(self, vocab, fields, K, dim, selector):
        super().__init__()
        self.K, self.dim, self.width = K, dim, fields * dim
        self.emb = nn.Embedding(vocab, dim)
        nn.init.xavier_uniform_(self.emb.weight)
        self.sel = selector

    def embed(self, x):
        return self.emb(x).view(len(x), -1)

    def scores(self, x, d):
        with torch.no_grad():
            return self.sel(self.embed(x), d)

    def losses(self, e, y, own, shared):
        """The sum of the towers' means, and for each tower the loss of every shared row, the mean and the count."""
        ns, total, told = sum(shared), 0.0, []
        for z, rows in zip(self.logits(e, own, shared), by_tower(shared, own)):
            if len(z) == 0:
                continue
            cost = F.binary_cross_entropy_with_logits(z, take(y, rows), reduction="none")
            mean = cost.sum() / (len(z) + 1e-10)
            total = total + mean
            told.append((cost[:ns].detach(), mean.detach(), len(z)))
        return total, told

    def towers_loss(self, e, y, own, shared, _dropout):
        return self.losses(e, y, own, shared)

    def search_loss(self, x, y, d, temperature, threshold, strength):
        m, e = len(y), self.embed(x)
        s = torch.sigmoid(temperature * self.sel(e, d))
        with torch.no_grad():
            mask = s > threshold
            order, own, shared = arranged(mask, d, self.K)
        loss, told = self.losses(harness.Permute.apply(e, order), y[order], own, shared)
        ns = sum(shared)
        pull = sum((cost - mean) / n for cost, mean, n in told) - strength / m
        through = (s[order[:ns]] * pull).sum()
        value = loss.detach() - strength * math.log(1e-7) * (1 - ns / m)
        return loss + (through - through.detach()), value.item(), ns

    @torch.no_grad()
    def predict(self, x, d):
        order = d.sort(stable=True)[1]
        own = torch.bincount(d, minlength=self.K).tolist()
        out = torch.empty(len(x))
        out[order] = torch.cat(self.logits(self.embed(x[order]), own, [0] * self.K))
        return torch.sigmoid(out)


def arranged(mask, d, K):
    """The order [shared rows | own rows of tower 0 | ...], each by scenario, and the counts of both parts."""
    order = torch.where(mask, d, d + K).sort(stable=True)[1]
    own, shared = (torch.bincount(d[part], minlength=K).tolist() for part in (~mask, mask))
    return order, own, shared


class Star(Routed):
    """The normalisation is part of the first layer's weights, so it needs no pass over the rows."""

    def __init__(self, vocab, fields, K, dim, selector, mlp=(128, 64, 32), dropout=(0.1, 0.3, 0.3), aux=16):
        super().__init__(vocab, fields, K, dim, selector)
        sizes = [self.width, *mlp, 1]
        self.dropout, pairs = dropout, list(zip(sizes, sizes[1:]))
        self.aux = nn.Sequential(nn.Linear(dim, aux), nn.ReLU(), nn.Linear(aux, 1))
        self.shared = nn.ModuleList(nn.Linear(i, o) for i, o in pairs)
        self.own_w = nn.ParameterList(torch.ones(K, o, i) for i, o in pairs)
        self.own_b = nn.ParameterList(torch.zeros(K, o) for _, o in pairs)
        self.norm = nn.ParameterDict({
            "scale": torch.ones(self.width), "shift": torch.zeros(self.width),
            "scales": torch.ones(K, self.width), "shifts": torch.zeros(K, self.width),
        })
        self.register_buffer("mean", torch.zeros(K, self.width))
        self.register_buffer("variance", torch.ones(K, self.width))
        self.batches = [0] * K

    def moments(self, k, rows):
        if not self.training or len(rows) == 0:
            return self.mean[k], self.variance[k]
        variance, mean = torch.var_mean(rows, 0, unbiased=False)
        with torch.no_grad():
            rate = 1 / min(self.batches[k] + 1, 100)
            self.mean[k].lerp_(mean, rate)
            self.variance[k].lerp_(variance, rate)
            self.batches[k] = min(self.batches[k] + 1, 100)
        return mean, variance

    def logits(self, e, own, shared):
        a = self.aux(e[:, -self.dim :])[:, 0]
        ns, norm, out = sum(shared), self.norm, []
        of_scenario = zip(segments(shared), segments(own))
        for k, ((lent, kept), rows) in enumerate(zip(of_scenario, by_tower(shared, own))):
            kept = slice(kept.start + ns, kept.stop + ns)
            mean, variance = self.moments(k, take(e, [lent, kept]))
            scale = norm["scale"] * norm["scales"][k] * torch.rsqrt(variance + 1e-3)
            shift = norm["shift"] + norm["shifts"][k] - mean * scale
            h = take(e, rows)
            for l, layer in enumerate(self.shared):
                w, b = layer.weight * self.own_w[l][k], layer.bias + self.own_b[l][k]
                if l == 0:
                    w, b = w * scale, b + w @ shift
                h = F.linear(h, w, b)
                if l + 1 < len(self.shared):
                    h = F.relu(h)
                    if self.training and self.dropout:
                        h = harness.dropout(h, self.dropout[l])
            out.append(h[:, 0] + take(a, rows))
        return out


class Hmoe(Routed):
    """Every row needs the scores of all towers, so the towers' weights are stacked and multiplied at once."""

    def __init__(self, vocab, fields, K, dim, selector, share=128, experts=8, expert=64, tower=32):
        super().__init__(vocab, fields, K, dim, selector)
        self.sizes = (experts, expert)
        self.share, self.experts = nn.Linear(self.width, share), nn.Linear(share, experts * expert)
        self.gates = nn.Linear(share, K * (experts + K), bias=False)
        uniform = lambda *shape: nn.Parameter(torch.empty(shape).uniform_(-0.2, 0.2))
        self.hidden, self.hidden_b = uniform(K, expert, tower), nn.Parameter(torch.zeros(K, 1, tower))
        self.out, self.out_b = uniform(K, tower, 1), nn.Parameter(torch.zeros(K, 1, 1))

    def logits(self, e, own, shared):
        K, (experts, expert), n = self.K, self.sizes, len(e)
        u = F.relu(self.share(e))
        x = F.relu(self.experts(u)).view(n, experts, expert)
        gates = self.gates(u)
        gate = gates[:, : K * experts].reshape(n, K, experts).softmax(2)
        w = gates[:, K * experts :].reshape(n, K, K).softmax(2)
        h = torch.bmm(gate, x).transpose(0, 1)
        h = F.relu(torch.baddbmm(self.hidden_b, h, self.hidden))
        q = torch.sigmoid(torch.baddbmm(self.out_b, h, self.out))[:, :, 0].T
        still = q.detach()
        p = (w * still[:, None]).sum(2) + torch.diagonal(w, dim1=1, dim2=2).detach() * (q - still)
        z = torch.logit(p, eps=1e-7)
        return [take(z[:, k], rows) for k, rows in enumerate(by_tower(shared, own))]


def make(a, vocab, selector=True, K=None):
    sel = harness.Selector(256, (1024, 512, 256), K or a.K) if selector else None
    net = {"star": Star, "hmoe": Hmoe}[a.model](vocab, 16, K or a.K, 16, sel)
    return net


def plan(masks, x, y, d, bs, K):
    out = []
    for i in range(0, len(x), bs):
        order, own, shared = arranged(masks[i : i + bs], d[i : i + bs], K)
        out.append((x[i : i + bs][order], y[i : i + bs][order], own, shared))
    return out


def check(reference):
    """Compares the gradients of a step of search and of retrain, in float64, with those of the program's tests."""
    sys.path.insert(0, reference)
    import backbones as long_way

    torch.set_default_dtype(torch.float64)
    for name in ("star", "hmoe"):
        x = long_way.Experiment(name, 1, torch.float64)
        K, D, fields = long_way.K, long_way.D, len(long_way.FIELDS)
        rows = slice(0, long_way.BATCH)
        for tau, mask in ((1.0, None), (None, x.mask)):
            p = x.parameters()
            loss, _, g = x.objective(p, rows, K, tau)(None if tau else x.given(mask, rows))
            loss.backward()
            net = ported(name, long_way, p, K, D, fields)
            ids, y, d = x.batch(rows)
            net.train()
            order, own, shared = arranged(g.detach() > 0, d, K)
            if tau:
                threshold = long_way.SETTINGS["threshold"]
                ours = net.search_loss(ids, y, d, tau, threshold, long_way.SETTINGS["lambda"])[0]
            else:
                ours = net.losses(net.embed(ids[order]), y[order], own, shared)[0]
            ours.backward()
            for what, theirs, mine in compared(name, net, p, K):
                far = (theirs - mine).abs().max().item()
                assert far < 1e-9, f"{name}, tau {tau}, {what}: {far}"
        print(name, "agrees")


def ported(name, long_way, p, K, D, fields):
    """Our network with the values of the reference."""
    selector = harness.Selector(fields * D, [int(p[f"selector.layers.{l}.weight"].shape[0]) for l in range(layers(p))], K)
    with torch.no_grad():
        for l, layer in enumerate(selector.mlp):
            layer.weight.copy_(p[f"selector.layers.{l}.weight"])
            layer.bias.copy_(p[f"selector.layers.{l}.bias"])
        selector.heads.weight.copy_(p["selector.heads.weight"])
        selector.heads.bias.copy_(p["selector.heads.bias"])
        vocab = len(p["embedding"])
        if name == "star":
            net = Star(vocab, fields, K, D, selector, long_way.STAR, None, long_way.AUX)
        else:
            sizes = (long_way.SHARE, long_way.EXPERTS, long_way.EXPERT, long_way.HMOE_TOWER)
            net = Hmoe(vocab, fields, K, D, selector, *sizes)
        net.emb.weight.copy_(p["embedding"])
        for values, _, value in pairs(name, net, p, K):
            value.copy_(values)
    return net


def layers(p):
    return sum(n.startswith("selector.layers.") and n.endswith("weight") for n in p)


def pairs(name, net, p, K):
    """Yields the value of the reference, its name, and our value."""
    get = lambda n: (p[n], n)
    if name == "star":
        parts = [*(f"layers.{l}" for l in range(len(net.shared) - 1)), "out"]
        for l, part in enumerate(parts):
            yield *get(f"towers.shared.{part}.weight"), net.shared[l].weight
            yield *get(f"towers.shared.{part}.bias"), net.shared[l].bias
            for k in range(K):
                yield *get(f"towers.{k}.{part}.weight"), net.own_w[l][k]
                yield *get(f"towers.{k}.{part}.bias"), net.own_b[l][k]
        for what in ("scale", "shift"):
            yield *get(f"towers.shared.norm.{what}"), net.norm[what]
            for k in range(K):
                yield *get(f"towers.{k}.norm.{what}"), net.norm[what + "s"][k]
        for i, part in ((0, "layers.0"), (2, "out")):
            yield *get(f"towers.shared.aux.{part}.weight"), net.aux[i].weight
            yield *get(f"towers.shared.aux.{part}.bias"), net.aux[i].bias
        return
    experts = net.sizes[0]
    for part, layer in (("layers.0", net.share), ("experts", net.experts)):
        yield *get(f"towers.shared.{part}.weight"), layer.weight
        yield *get(f"towers.shared.{part}.bias"), layer.bias
    for k in range(K):
        yield *get(f"towers.{k}.experts.weight"), net.gates.weight[k * experts : (k + 1) * experts]
        at = K * experts + k * K
        yield *get(f"towers.{k}.scores.weight"), net.gates.weight[at : at + K]
        yield p[f"towers.{k}.layers.0.weight"].T, f"towers.{k}.layers.0.weight", net.hidden[k]
        yield p[f"towers.{k}.layers.0.bias"], f"towers.{k}.layers.0.bias", net.hidden_b[k, 0]
        yield p[f"towers.{k}.out.weight"].T, f"towers.{k}.out.weight", net.out[k]
        yield p[f"towers.{k}.out.bias"], f"towers.{k}.out.bias", net.out_b[k, 0]


def compared(name, net, p, K):
    """Yields the name, the gradient of the reference, and our gradient."""
    theirs = {n: v.grad for n, v in p.items()}
    yield "embedding", theirs["embedding"], net.emb.weight.grad
    mine = {id(v): v.grad for v in net.parameters()}
    with torch.no_grad():
        turned = {n: g.T if n.endswith(("layers.0.weight", "out.weight")) and "shared" not in n and name == "hmoe" else g
                  for n, g in theirs.items() if g is not None}
        for value in net.parameters():
            # Our parameters are overwritten with their gradients, so that `pairs` finds the parts of stacked ones.
            grad = mine[id(value)]
            value.copy_(torch.zeros_like(value) if grad is None else grad)
        for _, n, gradient in pairs(name, net, p, K):
            if n in turned:
                yield n, turned[n], gradient


def options():
    """The options of `ssim_torch.py bench` that a comparison uses, and its defaults for the others."""
    parser = argparse.ArgumentParser()
    add = parser.add_argument
    add("--model", choices=["star", "hmoe"], required=True)
    add("--data", required=True)
    add("--steps", type=int, default=30)
    add("--threads", type=int, default=0)
    add("--force_share", type=float, default=1.0)
    add("--bf16", default="")
    add("--fastdrop", action="store_true")
    parser.set_defaults(K=4, bs=4096, lr=3e-4, m_lr=1e-4, l2=3e-6, thre=0.49, lam=1.0, topk=0.3)
    parser.set_defaults(sparse=False, compile=False, profile=False)
    return parser.parse_args(sys.argv[2:])


def bench():
    a = options()
    torch.manual_seed(2022)
    harness.FAST[0] = a.fastdrop
    if a.threads:
        torch.set_num_threads(a.threads)
    if a.bf16 == "medium":
        torch.set_float32_matmul_precision("medium")
    harness.make, harness.plan = make, plan
    harness.bench(a, json.loads(pathlib.Path(a.data, "meta.json").read_text())["features"])


if __name__ == "__main__":
    if sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        bench()
