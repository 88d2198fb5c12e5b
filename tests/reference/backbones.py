"""Writes the numbers that all backbones but DNN are compared with, one file per backbone.

    venv/bin/python tests/reference/backbones.py [NAME ...]

Rows, settings, table and selector are those of `data.safetensors`, which `dump.py` has written. The
towers are drawn here. Every backbone is plain PyTorch with 64-bit floats: every tower runs on every
row, and autograd computes all gradients. A file holds the towers' initial values, single steps at
these (logits, scores, mask, loss, all gradients), and a few steps of search and of retrain with the
values at their end. The seed is the first with which no value comes near a jump, as in `dump.py`.
"""

import itertools
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file

import dump
from dump import BATCH, D, FIELDS, K, ROWS, SETTINGS, STEPS, TOWER, WIDTH, Watch
from dump import embed, flat, mlp, relu, round32, scores, search_mask

DATA = load_file(pathlib.Path(__file__).with_name("data.safetensors"))
TAKEN = 4  # steps of a run
CROSS = 2


class Draw:
    """Initial values, larger than those of the program, so that every term has an effect."""

    def __init__(self, seed):
        self.rng, self.values = np.random.default_rng(seed), {}

    def linear(self, name, inputs, outputs, gain=2.0, bias=True):
        self.uniform(f"{name}.weight", (outputs, inputs), gain / math.sqrt(inputs))
        if bias:
            self.uniform(f"{name}.bias", outputs, 0.3)

    def layers(self, name, widths, gain=2.0):
        for l, (i, o) in enumerate(itertools.pairwise(widths)):
            self.linear(f"{name}.layers.{l}", i, o, gain)

    def uniform(self, name, shape, bound, centre=0.0):
        self.values[name] = round32(centre + self.rng.uniform(-bound, bound, shape))


def linear(p, name, x):
    return F.linear(x, p[f"{name}.weight"], p.get(f"{name}.bias"))


class Backbone:
    form = "batch"  # how the losses of rows are reduced to one number

    def draw(self, draw, towers):
        raise NotImplementedError

    def logits(self, p, e, s, towers, training):
        """The logits [m, towers] of embedded rows e [m, F·D] with scenarios s [m]."""
        raise NotImplementedError

    def learn(self, p, e, s, towers):
        """The part of a training step that follows no gradient, such as moving averages."""


class DeepFm(Backbone):
    def draw(self, draw, towers):
        for k in range(towers):
            draw.layers(f"towers.{k}", [WIDTH, *TOWER])
            draw.linear(f"towers.{k}.out", TOWER[-1], 1)

    def logits(self, p, e, s, towers, training):
        fields = e.reshape(len(e), len(FIELDS), D)
        pairs = itertools.combinations(range(len(FIELDS)), 2)
        fm = sum((fields[:, a] * fields[:, b]).sum(1) for a, b in pairs)
        out = []
        for k in range(towers):
            h = mlp(p, f"towers.{k}", e, len(TOWER))
            out.append(linear(p, f"towers.{k}.out", h)[:, 0] + fm)
        return torch.stack(out, 1)


class Dcn(Backbone):
    def draw(self, draw, towers):
        for k in range(towers):
            draw.layers(f"towers.{k}", [WIDTH, *TOWER])
            draw.linear(f"towers.{k}.out", WIDTH + TOWER[-1], 1, gain=1.0, bias=False)
            for l in range(CROSS):
                draw.uniform(f"towers.{k}.cross.{l}.weight", (1, WIDTH), 1 / math.sqrt(WIDTH))
                draw.uniform(f"towers.{k}.cross.{l}.bias", WIDTH, 0.3)

    def logits(self, p, e, s, towers, training):
        out = []
        for k in range(towers):
            x = e
            for l in range(CROSS):
                w, b = (p[f"towers.{k}.cross.{l}.{part}"] for part in ["weight", "bias"])
                x = e * (x * w).sum(1, keepdim=True) + b + x
            both = torch.cat([x, mlp(p, f"towers.{k}", e, len(TOWER))], 1)
            out.append((both * p[f"towers.{k}.out.weight"]).sum(1))
        return torch.stack(out, 1)


SHARE, EXPERTS, EXPERT, HMOE_TOWER = 7, 3, 6, 5


class Hmoe(Backbone):
    form = "scenario"

    def draw(self, draw, towers):
        draw.layers("towers.shared", [WIDTH, SHARE])
        draw.linear("towers.shared.experts", SHARE, EXPERTS * EXPERT)
        for k in range(towers):
            draw.linear(f"towers.{k}.experts", SHARE, EXPERTS, bias=False)
            draw.layers(f"towers.{k}", [EXPERT, HMOE_TOWER])
            draw.linear(f"towers.{k}.out", HMOE_TOWER, 1)
            draw.linear(f"towers.{k}.scores", SHARE, towers, bias=False)

    def logits(self, p, e, s, towers, training):
        u = mlp(p, "towers.shared", e, 1)
        experts = relu(linear(p, "towers.shared.experts", u)).reshape(len(e), EXPERTS, EXPERT)
        q = []
        for k in range(towers):
            gate = torch.softmax(linear(p, f"towers.{k}.experts", u), 1)
            h = sum(gate[:, x : x + 1] * experts[:, x] for x in range(EXPERTS))
            h = mlp(p, f"towers.{k}", h, 1)
            q.append(torch.sigmoid(linear(p, f"towers.{k}.out", h)[:, 0]))
        out = []
        for k in range(towers):
            w = torch.softmax(linear(p, f"towers.{k}.scores", u), 1)
            mixed = sum(w[:, j] * (q[j] if j == k else q[j].detach()) for j in range(towers))
            out.append(torch.log(mixed / (1 - mixed)))
        return torch.stack(out, 1)


STAR, AUX, HORIZON = [8, 6], 3, 100


class Star(Backbone):
    form = "scenario"

    def __init__(self, published):
        self.published = published  # train with the moments of the whole batch, and average those of masked rows

    def draw(self, draw, towers):
        draw.layers("towers.shared.aux", [D, AUX])
        draw.linear("towers.shared.aux.out", AUX, 1)
        for part in ["shared", *range(towers)]:
            draw.uniform(f"towers.{part}.norm.scale", WIDTH, 0.3, centre=1.0)
            draw.uniform(f"towers.{part}.norm.shift", WIDTH, 0.3)
            for name, (i, o) in zip(self.names(part), itertools.pairwise([WIDTH, *STAR, 1])):
                shared = part == "shared"
                bound, centre = (1 / math.sqrt(i), 0.0) if shared else (0.4, 1.0)
                draw.uniform(f"{name}.weight", (o, i), bound, centre)
                draw.uniform(f"{name}.bias", o, 0.3)
        for k in range(towers):
            draw.uniform(f"buffers.norm.{k}.mean", WIDTH, 0.3)
            draw.uniform(f"buffers.norm.{k}.variance", WIDTH, 0.3, centre=0.5)
            draw.values[f"buffers.norm.{k}.batches"] = np.array([97.0 + k])

    def names(self, part):
        return [*(f"towers.{part}.layers.{l}" for l in range(len(STAR))), f"towers.{part}.out"]

    def moments(self, e, s, k):
        """The mean and variance that the moving averages of scenario k follow."""
        if self.published:
            masked = e * (s == k)[:, None]
            return masked.mean(0), masked.var(0, unbiased=False)
        return e[s == k].mean(0), e[s == k].var(0, unbiased=False)

    def logits(self, p, e, s, towers, training):
        h = mlp(p, "towers.shared.aux", e[:, -D:], 1)
        a = linear(p, "towers.shared.aux.out", h)[:, 0]
        out = []
        for k in range(towers):
            mean, variance = (p[f"buffers.norm.{k}.{part}"] for part in ["mean", "variance"])
            if training and self.published:
                mean, variance = e.mean(0), e.var(0, unbiased=False)
            elif training and (s == k).any():
                mean, variance = self.moments(e, s, k)
            h = (e - mean) / torch.sqrt(variance + 1e-3)
            scale, shift = ([p[f"towers.{t}.norm.{part}"] for t in ["shared", k]] for part in ["scale", "shift"])
            h = scale[0] * scale[1] * h + shift[0] + shift[1]
            for l, (shared, own) in enumerate(zip(self.names("shared"), self.names(k))):
                w = p[f"{shared}.weight"] * p[f"{own}.weight"]
                h = F.linear(h, w, p[f"{shared}.bias"] + p[f"{own}.bias"])
                h = relu(h) if l < len(STAR) else h
            out.append(h[:, 0] + a)
        return torch.stack(out, 1)

    def learn(self, p, e, s, towers):
        for k in range(towers):
            if not self.published and not (s == k).any():
                continue
            batches = p[f"buffers.norm.{k}.batches"]
            rate = 0.01 if self.published else 1 / min(batches.item() + 1, HORIZON)
            for part, now in zip(["mean", "variance"], self.moments(e, s, k)):
                moving = p[f"buffers.norm.{k}.{part}"]
                moving += rate * (now - moving)
            batches.copy_((batches + 1).clamp(max=HORIZON))


MICRO = 2


class Dffm(Backbone):
    form = "scenario"

    def draw(self, draw, towers):
        pairs = len(FIELDS) * (len(FIELDS) - 1) // 2
        for k in range(towers):
            draw.uniform(f"towers.{k}.domain", MICRO * (D * D + D), 1.0)
        draw.layers("towers.shared", [pairs + WIDTH, *TOWER], 1.5)
        draw.linear("towers.shared.out", TOWER[-1], 1)

    def logits(self, p, e, s, towers, training):
        out = []
        for k in range(towers):
            h = e.reshape(len(e), len(FIELDS), D)
            for row in p[f"towers.{k}.domain"].reshape(MICRO, D * D + D):
                w, b = row[: D * D].reshape(D, D), row[D * D :]
                h = torch.tanh(h @ w.T + b)
            pairs = itertools.combinations(range(len(FIELDS)), 2)
            products = [(h[:, i] * h[:, j]).sum(1) for i, j in pairs]
            h = mlp(p, "towers.shared", torch.cat([torch.stack(products, 1), e], 1), len(TOWER))
            out.append(linear(p, "towers.shared.out", h)[:, 0])
        return torch.stack(out, 1)


DEEP = [8, 6, 5]  # hidden widths of the next three: a tower has the last one


class SharedBottom(Backbone):
    form = "scenario"

    def draw(self, draw, towers):
        draw.layers("towers.shared", [WIDTH, *DEEP[:-1]])
        for k in range(towers):
            draw_tower(draw, k)

    def logits(self, p, e, s, towers, training):
        u = mlp(p, "towers.shared", e, len(DEEP) - 1)
        return torch.stack([tower(p, k, u) for k in range(towers)], 1)


def draw_tower(draw, k):
    draw.layers(f"towers.{k}", DEEP[-2:])
    draw.linear(f"towers.{k}.out", DEEP[-1], 1)


def tower(p, k, h):
    return linear(p, f"towers.{k}.out", mlp(p, f"towers.{k}", h, 1))[:, 0]


class Mmoe(Backbone):
    form = "scenario"

    def draw(self, draw, towers):
        for x in range(EXPERTS):
            draw.layers(f"towers.shared.experts.{x}", [WIDTH, *DEEP[:-1]])
        for k in range(towers):
            draw.linear(f"towers.{k}.gate", WIDTH, EXPERTS, bias=False)
            draw_tower(draw, k)

    def logits(self, p, e, s, towers, training):
        experts = [mlp(p, f"towers.shared.experts.{x}", e, len(DEEP) - 1) for x in range(EXPERTS)]
        out = []
        for k in range(towers):
            gate = torch.softmax(linear(p, f"towers.{k}.gate", e), 1)
            out.append(tower(p, k, sum(gate[:, [x]] * h for x, h in enumerate(experts))))
        return torch.stack(out, 1)


GROUP = 2  # experts of a tower, and shared ones


class Ple(Backbone):
    form = "scenario"
    lower = "towers.shared.extractions.0"

    def draw(self, draw, towers):
        first, second = WIDTH, DEEP[0]
        own = [f"{self.lower}.towers.{k}" for k in range(towers)]
        for name in [*own, self.lower]:
            draw.linear(f"{name}.experts", first, GROUP * DEEP[0])
            draw.linear(f"{name}.to_shared", first, GROUP, bias=False)
        for name in own:
            draw.linear(f"{name}.gate", first, 2 * GROUP, bias=False)
        draw.linear("towers.shared.experts", second, GROUP * DEEP[1])
        for k in range(towers):
            draw.linear(f"towers.{k}.own.experts", second, GROUP * DEEP[1])
            draw.linear(f"towers.{k}.own.gate", second, 2 * GROUP, bias=False)
            draw_tower(draw, k)

    def experts(self, p, name, x):
        """The outputs of a group's experts, each [m, W]."""
        return list(relu(linear(p, f"{name}.experts", x)).chunk(GROUP, 1))

    def mix(self, shares, experts):
        return sum(shares[:, [x]] * h for x, h in enumerate(experts))

    def logits(self, p, e, s, towers, training):
        own = [f"{self.lower}.towers.{k}" for k in range(towers)]
        groups = [self.experts(p, name, e) for name in own]
        shared = self.experts(p, self.lower, e)
        inputs = []
        for name, group in zip(own, groups):
            gate = torch.softmax(linear(p, f"{name}.gate", e), 1)
            inputs.append(self.mix(gate, group + shared))
        # Copies of one tower together count as one: the weights of towers are divided by their number.
        weights = [torch.exp(linear(p, f"{name}.to_shared", e)) / towers for name in own]
        weights = torch.cat([*weights, torch.exp(linear(p, f"{self.lower}.to_shared", e))], 1)
        x = self.mix(weights / weights.sum(1, keepdim=True), sum(groups, []) + shared)
        shared = self.experts(p, "towers.shared", x)
        out = []
        for k, x in enumerate(inputs):
            gate = torch.softmax(linear(p, f"towers.{k}.own.gate", x), 1)
            out.append(tower(p, k, self.mix(gate, self.experts(p, f"towers.{k}.own", x) + shared)))
        return torch.stack(out, 1)


GATE = 3


class PepNet(Backbone):
    def draw(self, draw, towers):
        sizes = {"embedding": WIDTH} | {f"gates.{l}": width for l, width in enumerate(TOWER)}
        for name, width in sizes.items():
            draw.linear(f"towers.shared.{name}.hidden", D + WIDTH, GATE)
            draw.linear(f"towers.shared.{name}.out", GATE, width)
        for k in range(towers):
            draw.uniform(f"towers.{k}.domain", (1, D), 1.0)
            draw.layers(f"towers.{k}", [WIDTH, *TOWER])
            draw.linear(f"towers.{k}.out", TOWER[-1], 1)

    def gate(self, p, name, x):
        h = relu(linear(p, f"towers.shared.{name}.hidden", x))
        return 2 * torch.sigmoid(linear(p, f"towers.shared.{name}.out", h))

    def logits(self, p, e, s, towers, training):
        out = []
        for k in range(towers):
            domain = p[f"towers.{k}.domain"].expand(len(e), D)
            h = e * self.gate(p, "embedding", torch.cat([domain, e.detach()], 1))
            prior = torch.cat([domain, h.detach()], 1)
            for l in range(len(TOWER)):
                h = relu(linear(p, f"towers.{k}.layers.{l}", h)) * self.gate(p, f"gates.{l}", prior)
            out.append(linear(p, f"towers.{k}.out", h)[:, 0])
        return torch.stack(out, 1)


BACKBONES = {
    "deepfm": DeepFm(), "dcn": Dcn(), "hmoe": Hmoe(), "dffm": Dffm(),
    "star": Star(published=False), "star-published": Star(published=True),
    "shared-bottom": SharedBottom(), "mmoe": Mmoe(), "ple": Ple(), "pepnet": PepNet(),
}


class Experiment:
    def __init__(self, name, seed, dtype):
        self.backbone, self.dtype = BACKBONES[name], dtype
        draw = Draw(seed)
        self.backbone.draw(draw, K)
        self.drawn = draw.values
        shared = ("start.embedding", "start.selector.")
        given = {n.removeprefix("start."): v for n, v in DATA.items() if n.startswith(shared)}
        self.start = given | self.drawn
        self.mask = (np.arange(ROWS) * 7 % 10 < 3).astype(np.uint8)

    def parameters(self, towers=K):
        """The values of so many towers: trained ones have a gradient, and buffers have none."""
        unused = tuple(f"towers.{k}." for k in range(towers, K))
        kept = {n: v for n, v in self.start.items() if not n.startswith(unused)}
        tensors = {n: torch.tensor(v, dtype=self.dtype) for n, v in kept.items()}
        for name, value in tensors.items():
            value.requires_grad = not name.startswith("buffers.")
        return tensors

    def batch(self, rows):
        x, y, s = (torch.tensor(DATA[f"data.{n}"][rows]) for n in ["ids", "labels", "scenarios"])
        return x.long().reshape(-1, len(FIELDS)), y.to(self.dtype), s.long()

    def objective(self, p, rows, towers, tau=None):
        x, y, s = self.batch(rows)
        e = embed(p, x)
        o = self.backbone.logits(p, e, s, towers, training=True)
        loss, kl = dump.FORMS[self.backbone.form]
        if tau is None:
            return lambda g: (loss(o, y, s, g, (g == 0).to(g.dtype)), None, g)
        z = scores(p, e, s)
        g = search_mask(z, tau, clamp=self.backbone.form == "batch")
        value = loss(o, y, s, g, (g == 0).to(g.dtype)) + SETTINGS["lambda"] * kl(g)
        return lambda _: (value, z, g)

    def given(self, mask, rows):
        return torch.tensor(mask[rows], dtype=self.dtype)

    def step(self, rows, tau=None, mask=None, towers=K):
        """One batch at the initial values. The logits are those of inference."""
        p = self.parameters(towers)
        x, _, s = self.batch(rows)
        with torch.no_grad():
            o = self.backbone.logits(p, embed(p, x), s, towers, training=False)
        given = None if tau is not None else self.given(mask, rows)
        loss, z, g = self.objective(p, rows, towers, tau)(given)
        loss.backward()
        out = {"rows": np.array([rows.start, rows.stop]), "loss": np.array([loss.item()])}
        out |= {"logits": o.numpy(), "mask": g.detach().numpy().astype(np.uint8)}
        if z is not None:
            out |= {"scores": z.detach().numpy(), "temperature": np.array([tau])}
            out["lambda"] = np.array([SETTINGS["lambda"]])
            out |= {"relaxed": np.array([0]), "log": np.array([0])}
        return out | {f"gradient.{n}": v.grad.numpy() for n, v in p.items() if v.grad is not None}

    def run(self, phase):
        """The first steps of a pass over the rows in order."""
        p, search = self.parameters(), phase == "search"
        trained = {n: v for n, v in p.items() if v.requires_grad}
        selector = [v for n, v in trained.items() if n.startswith("selector.")]
        norms = [v for n, v in trained.items() if ".norm." in n]
        others = [v for n, v in trained.items() if not n.startswith("selector.") and ".norm." not in n]
        lr, l2 = SETTINGS[f"{phase}.lr"], SETTINGS[f"{phase}.l2"]
        groups = [{"params": others, "weight_decay": l2}]
        groups += [{"params": norms, "weight_decay": 0.0}] if norms else []
        adams = [torch.optim.Adam(groups, lr=lr, foreach=False)]
        if search:
            adams.append(torch.optim.Adam(selector, lr=SETTINGS["search.selector_lr"], foreach=False))
        losses, shared = [], []
        for t in range(TAKEN):
            rows = slice(t * BATCH, (t + 1) * BATCH)
            tau = SETTINGS["final_temperature"] ** (t / (STEPS - 1)) if search else None
            for adam in adams:
                adam.zero_grad()
            loss, _, g = self.objective(p, rows, K, tau)(None if search else self.given(self.mask, rows))
            loss.backward()
            x, _, s = self.batch(rows)
            with torch.no_grad():
                self.backbone.learn(p, embed(p, x), s, K)
            for adam in adams:
                adam.step()
            losses.append(loss.item())
            shared.append(int(g.sum().item()))
        out = {"loss": np.array(losses), "shared": np.array(shared)}
        if not search:
            out["mask"] = self.mask
            p = {n: v for n, v in p.items() if not n.startswith("selector.")}
        return out | {f"value.{n}": v.detach().numpy() for n, v in p.items()}


def steps(x):
    first, second, tail = slice(0, BATCH), slice(BATCH, 2 * BATCH), slice(ROWS - ROWS % BATCH, ROWS)
    later = SETTINGS["final_temperature"] ** (4 / (STEPS - 1))
    none = np.zeros(ROWS)
    out = {
        "search": x.step(first, tau=1.0),
        "search-later": x.step(second, tau=later),
        "retrain": x.step(second, mask=x.mask),
        "mt": x.step(first, mask=none),
        # The batch has no row of the last scenario, whose tower sees shared rows only.
        "retrain-tail": x.step(tail, mask=x.mask),
    }
    if x.backbone.form == "batch":
        out["st"] = x.step(first, mask=none, towers=1)
    return out


def attempt(name, seed):
    """The numbers of a seed, or None if they show too little, a value comes near a jump, or 32-bit floats
    give other numbers."""
    Watch.relu = Watch.mask = math.inf
    exact, rounded = Experiment(name, seed, torch.float64), Experiment(name, seed, torch.float32)
    single = steps(exact)
    several = {phase: exact.run(phase) for phase in ["search", "retrain"]}
    if Watch.relu < 5e-7 or Watch.mask < 2e-5:
        return None
    for step in (single["search"], single["retrain"], single["mt"]):
        if any(np.abs(v).max() < 1e-5 for n, v in step.items() if n.startswith("gradient.")):
            return None
    again = steps(rounded)
    for name, step in single.items():
        for n, v in step.items():
            if n.startswith(("gradient.", "logits")) and not np.allclose(again[name][n], v, 1e-5, 5e-8):
                return None
    for phase, run in several.items():
        again = rounded.run(phase)
        run["drift"] = np.array([dump.distance(run, again)])
        if (run["shared"] != again["shared"]).any() or run["drift"][0] > 2e-6:
            return None
    return exact, single, several


def main():
    for name in sys.argv[1:] or BACKBONES:
        found = ((seed, attempt(name, seed)) for seed in range(500))
        seed, (x, single, several) = next((s, a) for s, a in found if a)
        print(f"{name}: seed {seed}, relu {Watch.relu:.1e}, mask {Watch.mask:.1e}")
        for phase, run in several.items():
            print(f"  {phase:8} drift {run['drift'][0]:.1e}  shared {run['shared']}  loss {run['loss']}")
        groups = {"start": x.drawn}
        groups |= {f"step.{n}": v for n, v in single.items()}
        groups |= {f"run.{n}": v for n, v in several.items()}
        dump.write(f"{name}.safetensors", flat(groups))


if __name__ == "__main__":
    main()
