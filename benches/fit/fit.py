"""A whole fit in PyTorch: the opponent in `cargo xtask bench fit`.

    fit.py --data FOLDER --method ssim --backbone dnn --settings settings.toml --set train.batch=4096 [--flush] [--sparse]

The methods are those of the program (st, mt, mt-s, ssim, ssim+), with the same steps on the same rows. The form is the
fastest f32 that we know: rows are routed (networks.py), each epoch is brought into order at once, the selector scores
every row once, Adam is fused, dropout takes cheap random bits, and the faster of the two GEMM libraries is used. It
prints one JSON object: the seconds after every step of every phase, without evaluation, and the AUC of the test rows.
"""

import argparse
import copy
import json
import pathlib
import time
import tomllib

import torch
import torch.nn.functional as F
from networks import Gather, Model, Routing, Selector
from rows import Data, auc


def flush_in_all_threads():
    """Sets flush-to-zero before torch starts its threads, which inherit it, and checks that products have it in all.
    A call after the first parallel work would leave all threads but the main one as they are."""
    torch.set_flush_denormal(True)
    tiny = torch.full((4096, 256), 1e-20)
    if (tiny @ tiny.T).any() or (torch.full((1 << 22,), 1e-39) * 1.0).any():
        raise SystemExit("flush-to-zero does not hold in all threads of torch")


def fast_products():
    """Chooses the GEMM library: oneDNN ("medium") where it is f32 here and faster than MKL. Returns the choice."""
    a, b = torch.randn(4096, 256), torch.randn(1024, 256)
    exact = a.double() @ b.double().T
    seconds = {}
    for precision in ("highest", "medium"):
        torch.set_float32_matmul_precision(precision)
        error = ((F.linear(a, b) - exact).abs().max() / exact.abs().max()).item()
        times = []
        for _ in range(7):
            start = time.perf_counter()
            F.linear(a, b)
            times.append(time.perf_counter() - start)
        if error < 1e-5:
            seconds[precision] = min(times)
    best = min(seconds, key=seconds.get)
    torch.set_float32_matmul_precision(best)
    return best


class Optimizer:
    """Fused Adam with L2 in the gradient, which normalisations do not get. A sparse table has SparseAdam without L2,
    which moves the rows of the batch alone."""

    def __init__(self, model, rates, sparse):
        named = [(name, p) for name, p in model.named_parameters() if not (sparse and name.startswith("table"))]
        plain = [p for name, p in named if "norm" in name]
        decaying = [p for name, p in named if "norm" not in name]
        groups = [{"params": decaying, "weight_decay": rates["l2"]}, {"params": plain, "weight_decay": 0.0}]
        self.parts = [torch.optim.Adam([g for g in groups if g["params"]], lr=rates["lr"], fused=True)]
        if sparse:
            self.parts.append(torch.optim.SparseAdam([model.table.weight], lr=rates["lr"]))

    def zero(self):
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def step(self):
        for part in self.parts:
            part.step()


class Phase:
    """The clock of a phase: seconds after every step, without what stands between epochs. Stops at the limit."""

    def __init__(self, name, total, batch, limit):
        self.told = {"phase": name, "total": total, "batch": batch, "seconds": []}
        self.limit, self.total, self.spent = limit, total, 0.0
        self.resume()

    def resume(self):
        """The clock goes on after a pause."""
        self.start = time.perf_counter()

    def tick(self):
        now = time.perf_counter()
        self.spent += now - self.start
        self.start = now
        self.told["seconds"].append(round(self.spent, 4))
        return self.limit and self.spent > self.limit


class Fit:
    def __init__(self, a, settings, data):
        self.a, self.s, self.data, self.phases = a, settings, data, []
        self.batch, self.width = settings["train"]["batch"], data.fields * settings["model"]["dim"]
        self.steps = -(-len(data.train) // self.batch)

    def model(self, towers):
        torch.manual_seed(self.a.seed)
        data = self.data
        return Model(self.a.backbone, data.ids, data.fields, towers, self.s, data.field, self.a.sparse)

    def selector(self):
        torch.manual_seed(self.a.seed + 1)
        return Selector(self.width, self.s["selector"]["mlp"], self.data.scenarios)

    def phase(self, name, epochs):
        phase = Phase(name, epochs * self.steps, self.batch, self.a.limit)
        self.phases.append(phase.told)
        return phase

    def batches(self, generator):
        return torch.randperm(len(self.data.train), generator=generator).split(self.batch)

    def retrain(self, name, towers, shared):
        """A model trained on a list of shared rows, with the best weights by validation AUC."""
        rates, data, rows = self.s["retrain"], self.data, self.data.train
        model, generator, epochs = self.model(towers), torch.Generator().manual_seed(self.a.seed), rates["max_epochs"]
        optimizer, phase, best = Optimizer(model, rates, self.a.sparse), self.phase(name, epochs), None
        d = rows.d if towers > 1 else torch.zeros_like(rows.d)
        group = d.long() + towers * ~shared
        for epoch in range(epochs):
            # The rows of every batch are brought into the order of the towers at once.
            order = torch.randperm(len(rows), generator=generator)
            place = torch.arange(len(rows)) // self.batch * (2 * towers) + group[order]
            order = order[place.argsort(stable=True)]
            counts = torch.bincount(place, minlength=self.steps * 2 * towers).view(self.steps, 2, towers).tolist()
            for i, batch in enumerate(order.split(self.batch)):
                routing = Routing(*counts[i])
                optimizer.zero()
                e = model.embed(rows.x[batch])
                model.losses(e, rows.y[batch], routing, rates["dropout"])[0].backward()
                optimizer.step()
                if phase.tick():
                    return model
            z = model.predict(data.val.x, data.val.d, self.s["train"]["eval_batch"])
            now = auc(z, data.val.y)
            if epochs > 1 and (best is None or now > best[0]):
                best = now, copy.deepcopy(model.state_dict())
            phase.resume()
        if best:
            model.load_state_dict(best[1])
        return model

    def search(self):
        """A selector that learns together with a model, through an annealed mask. Returns the scores of all rows."""
        s, rows, towers = self.s["search"], self.data.train, self.data.scenarios
        model, selector, generator = self.model(towers), self.selector(), torch.Generator().manual_seed(self.a.seed)
        optimizer = Optimizer(model, s, self.a.sparse)
        selector_adam = torch.optim.Adam(selector.parameters(), lr=s["selector_lr"], fused=True)
        phase = self.phase("search", s["epochs"])
        pull = s["lambda"] * (1.0 if model.net.per_tower_mean else torch.e)
        for epoch in range(s["epochs"]):
            for i, batch in enumerate(self.batches(generator)):
                temperature = s["final_temperature"] ** ((epoch * self.steps + i) / max(1, phase.total - 1))
                optimizer.zero()
                selector_adam.zero_grad(set_to_none=True)
                d, y = rows.d[batch].long(), rows.y[batch]
                e = model.embed(rows.x[batch])
                p = torch.sigmoid(temperature * selector(e, d))
                shared = p.detach() > s["threshold"]
                place = d + towers * ~shared
                order = place.argsort(stable=True)
                routing = Routing(*torch.bincount(place, minlength=2 * towers).view(2, towers).tolist())
                loss, of_shared = model.losses(Gather.apply(e, order), y[order], routing, s["dropout"])
                if routing.ns:
                    slope = (of_shared - pull / len(batch)).clamp(-1, 1)
                    loss = loss + (p[order[: routing.ns]] * slope).sum()
                loss.backward()
                optimizer.step()
                selector_adam.step()
                if phase.tick():
                    return self.scores(model, selector)
        return self.scores(model, selector)

    def distil(self):
        """A selector that learns how little a one-tower model's logits move when a row's scenario is swapped."""
        rows, data, size = self.data.train, self.data, self.s["train"]["eval_batch"]
        teacher = self.retrain("teach", 1, torch.zeros(len(self.data.train), dtype=torch.bool))
        x, total, squares = rows.x.clone(), torch.zeros(len(rows), dtype=torch.float64), 0.0
        for scenario in data.scenario_ids:
            x[:, data.field] = scenario
            z = teacher.predict(x, rows.d, size).double()
            total, squares = total + z, squares + z * z
        K = data.scenarios
        target = torch.empty(len(rows))
        target[(squares / K - (total / K) ** 2).argsort(stable=True)] = torch.linspace(1, -1, len(rows))
        selector, generator = self.selector(), torch.Generator().manual_seed(self.a.seed)
        adam = torch.optim.Adam(selector.parameters(), lr=self.s["distil"]["lr"], fused=True)
        phase = self.phase("distil", self.s["distil"]["epochs"])
        for _ in range(self.s["distil"]["epochs"]):
            for batch in self.batches(generator):
                adam.zero_grad(set_to_none=True)
                with torch.no_grad():
                    e = teacher.embed(rows.x[batch])
                F.mse_loss(selector(e, rows.d[batch].long()), target[batch]).backward()
                adam.step()
                if phase.tick():
                    return self.scores(teacher, selector)
        return self.scores(teacher, selector)

    @torch.no_grad()
    def scores(self, model, selector):
        rows = self.data.train
        parts = torch.arange(len(rows)).split(8192)
        return torch.cat([selector(model.embed(rows.x[part]), rows.d[part].long()) for part in parts])

    def cut(self, scores):
        """The best rows of every batch of one random order."""
        shared = torch.zeros(len(scores), dtype=torch.bool)
        for batch in self.batches(torch.Generator().manual_seed(self.a.seed + 2)):
            shared[batch[scores[batch].topk(int(len(batch) * self.s["select"]["ratio"]))[1]]] = True
        return shared

    def run(self):
        n, method, towers = len(self.data.train), self.a.method, self.data.scenarios
        if method in ("ssim", "ssim+"):
            shared = self.cut(self.search() if method == "ssim" else self.distil())
        else:
            shared = torch.full((n,), method == "mt-s")
        return self.retrain("retrain", 1 if method == "st" else towers, shared)


def settings(a):
    """The settings of the file with those of `--set SECTION.KEY=VALUE`."""
    values = tomllib.loads(a.settings.read_text())
    for setting in a.set:
        key, value = setting.split("=", 1)
        section, name = key.split(".")
        values[section][name] = tomllib.loads(f"x = {value}")["x"]
    return values


def main():
    parser = argparse.ArgumentParser()
    add = parser.add_argument
    add("--data", required=True)
    add("--scenario", default="tab")
    add("--method", choices=["st", "mt", "mt-s", "ssim", "ssim+"], required=True)
    add("--backbone", choices=["dnn", "dcn", "star"], required=True)
    add("--settings", type=pathlib.Path, required=True)
    add("--set", action="append", default=[])
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=2)
    add("--flush", action="store_true", help="flush-to-zero in all threads")
    add("--sparse", action="store_true", help="SparseAdam for the table")
    add("--limit", type=float, default=0, help="seconds after which a phase stops; 0: none")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    if a.flush:
        flush_in_all_threads()
    products = fast_products()
    data = Data(a.data, a.scenario)
    fit = Fit(a, settings(a), data)
    model = fit.run()
    z = model.predict(data.test.x, data.test.d, fit.s["train"]["eval_batch"])
    print(json.dumps({"products": products, "phases": fit.phases, "test_auc": auc(z, data.test.y)}))


if __name__ == "__main__":
    main()
