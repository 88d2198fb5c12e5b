#!/usr/bin/env bash
# Tests and times the device of this folder: SSIM_TEST_DEVICE, else the first GPU. Every part has a limit, and
# one that fails does not end the others. It writes results/results.json and results/results.md.
set -u
cd "$(dirname "$0")" || exit 1
here=$PWD
export SSIM_TEST_DEVICE=${SSIM_TEST_DEVICE:-cuda:0}
device=$SSIM_TEST_DEVICE
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
chmod +x ssim device-tests kernel-tests
rm -rf results
mkdir -p results/fit
lines=results/lines.jsonl
: > "$lines"
if command -v nvidia-smi > /dev/null; then
    nvidia-smi > results/nvidia-smi.txt 2>&1
fi

# part NAME SECONDS COMMAND...: runs a command, and notes whether it succeeded and how long it took.
part() {
    local name=$1 limit=$2 start=$SECONDS passed=true
    shift 2
    if ! timeout "$limit" "$@" > "results/$name.txt" 2>&1; then
        passed=false
        tail -n 20 "results/$name.txt"
    fi
    printf '{"who":"%s","case":"%s","passed":%s,"ms":%d000}\n' \
        "$name" "$device" "$passed" "$((SECONDS - start))" | tee -a "$lines"
}

# The canary and the watched kernels are compiled for the host, by the sources that are not here.
part kernels 60 ./kernel-tests --skip canary:: --skip races::
part parity 90 ./device-tests

# Whole runs on the device and on the CPU, whose metrics are compared below.
small="--method ssim --set model.mlp=[32,16] --set selector.mlp=[32,16] --set retrain.max_epochs=2 --max-steps 200 --json"
fits() {
    local on=$device
    # The host in place of a GPU has no name in the program.
    [ "$device" = simulated ] && on=cpu
    # shellcheck disable=SC2086
    ./ssim fit --data data --out results/fit/device --device "$on" $small > results/fit/device.json &&
        ./ssim fit --data data --out results/fit/cpu --device cpu $small > results/fit/cpu.json
}
export -f fits
export device small
part fit 60 bash -c fits
compared=()
if [ -s results/fit/device.json ] && [ -s results/fit/cpu.json ]; then
    compared=(--fits results/fit/device.json results/fit/cpu.json)
fi

if [ "$device" != simulated ] && python3 -c 'import torch' 2> /dev/null; then
    timeout 90 python3 steps.py > results/torch.jsonl 2> results/torch.txt
else
    : > results/torch.jsonl
fi

bench=(--device "$device" --out results --with "$lines" --with results/torch.jsonl "${compared[@]}")
if [ "${SSIM_SMALL:-}" = 1 ]; then
    bench+=(--small --looks 1)
fi
timeout 240 ./ssim bench-device "${bench[@]}" || exit 1
echo "results/results.md:"
cat results/results.md
! grep -q '"passed": *false' results/results.json
