"""Lets Urbane drive the first junction of a city; a toy queue model stands for the street. Python 3, no packages.

    python3 docs/examples/stdio_client.py 600 npx urbane control --stdio --city fixtures/valid/cross
"""
import json, random, subprocess, sys

seconds, command = int(sys.argv[1]), sys.argv[2:]
urbane = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
ready = json.loads(urbane.stdout.readline())["ready"]
phases = {signal["id"]: [phase["state"] for phase in signal["phases"]] for signal in ready["signals"]}
lamps = {signal["id"]: phases[signal["id"]][signal["stages"][0]] for signal in ready["signals"]}
mine = ready["signals"][0]
queues = {lane: 0 for lanes in mine["links"] for lane in lanes}
draw, waiting, changes = random.Random(1), 0, 0
for second in range(1, seconds + 1):
    for lane in queues:
        green = any(lamps[mine["id"]][link] in "Gg" for link, lanes in enumerate(mine["links"]) if lane in lanes)
        queues[lane] += draw.random() < 0.08  # a vehicle comes every 12.5 s ...
        queues[lane] -= green and queues[lane] > 0 and second % 2 == 0  # ... and on green one leaves every 2 s
    waiting += sum(queues.values())
    vehicles = [{"lane": lane, "toEndM": 1 + 7.5 * place, "speedMps": 0, "kind": "car"}
                for lane, count in queues.items() for place in range(count)]
    print(json.dumps({"timeMs": second * 1000, "signals": lamps, "vehicles": vehicles}), file=urbane.stdin, flush=True)
    for order in json.loads(urbane.stdout.readline())["orders"]:
        state = order["show"] if "show" in order else phases[order["signal"]][order["handBackToPhase"]]
        changes += state != lamps[order["signal"]]
        lamps[order["signal"]] = state
urbane.stdin.close()
print(json.dumps({"seconds": seconds, "changes": changes, "meanWaiting": round(waiting / seconds, 2)}))
sys.exit(urbane.wait())
