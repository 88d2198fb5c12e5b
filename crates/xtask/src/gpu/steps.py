"""Times steps of retrain in PyTorch on a GPU, on random rows of the sizes of ssim bench-device: towers of linear
layers over embedded rows, Adam for the layers, and lazy Adam (SparseAdam) for the table. Prints a line of JSON for
each case."""

import json
import time

import torch

LOGS = {
    "ali-mama": ([500, 300, 100, 50, 20, 10, 5, 5], [100, 50, 13, 7, 5, 4, 3, 2], [0.5, 0.3, 0.2]),
    "ali-ccp": (
        [400, 300, 200, 50, 20, 10, 5, 5, 3, 1],
        [500, 200, 100, 50, 13, 10, 7, 5, 4, 3, 3, 2, 2],
        [0.61, 0.38, 0.01],
    ),
}
IDS, DIM, LAYERS, RATIO = 3_000_000, 16, [1024, 512, 256], 0.3
WARM_UP, STEPS = 5, 20


def tower(width):
    """A tower with a ReLU and dropout after each hidden layer."""
    parts = []
    for units in LAYERS:
        parts += [torch.nn.Linear(width, units), torch.nn.ReLU(), torch.nn.Dropout(0.3)]
        width = units
    return torch.nn.Sequential(*parts, torch.nn.Linear(width, 1))


def rows(sizes, batch):
    """Ids of a batch; the squared random number makes some of them more frequent."""
    offsets = torch.tensor([sum(sizes[:f]) for f in range(len(sizes))], device="cuda")
    limits = torch.tensor(sizes, device="cuda")
    return (torch.rand(batch, len(sizes), device="cuda").square() * limits).long() + offsets


def measure(log, batch, precision):
    """Milliseconds of a step."""
    large, small, parts = LOGS[log]
    sizes = [size * IDS // sum(large) for size in large] + small
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    table = torch.nn.Embedding(sum(sizes), DIM, sparse=True, device="cuda")
    towers = torch.nn.ModuleList(tower(len(sizes) * DIM) for _ in parts).cuda()
    adam = torch.optim.Adam(towers.parameters(), lr=3e-4, weight_decay=3e-6, fused=True)
    lazy = torch.optim.SparseAdam(table.parameters(), lr=3e-4)
    batches = []
    for _ in range(8):
        scenarios = torch.multinomial(torch.tensor(parts), batch, replacement=True).cuda()
        shared = torch.rand(batch, device="cuda") < RATIO
        labels = (torch.rand(batch, device="cuda") < 0.05).float()
        places = [(shared | (scenarios == k)).nonzero().squeeze(1) for k in range(len(parts))]
        batches.append((rows(sizes, batch), labels, places))

    def step(ids, labels, places):
        embedded = table(ids).flatten(1)
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            logits = torch.cat([t(embedded[at]).squeeze(1) for t, at in zip(towers, places)])
        target = torch.cat([labels[at] for at in places])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), target, reduction="sum")
        adam.zero_grad(set_to_none=True)
        lazy.zero_grad(set_to_none=True)
        (loss / batch).backward()
        adam.step()
        lazy.step()

    for i in range(WARM_UP):
        step(*batches[i % 8])
    torch.cuda.synchronize()
    start = time.perf_counter()
    for i in range(STEPS):
        step(*batches[i % 8])
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / STEPS * 1e3


for log in LOGS:
    for batch in [4096, 16384, 65536]:
        for precision in ["f32", "tf32", "bf16"]:
            name = f"{log}, retrain, {IDS} ids, batch {batch}, {precision}"
            line = {"who": f"torch {torch.__version__}", "case": name}
            try:
                line["ms"] = measure(log, batch, precision)
                line["rows_per_s"] = round(batch / line["ms"] * 1e3)
            except RuntimeError as error:
                line["error"] = str(error)[:200]
            print(json.dumps(line), flush=True)
