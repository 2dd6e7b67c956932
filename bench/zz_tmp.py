import json,subprocess,sys
from dataclasses import asdict
from bench._serving import running_shop
n=int(sys.argv[1]); tasks=sys.argv[2].split(","); prof=sys.argv[3:]
with running_shop(n, log=None) as shop:
    for t in tasks:
        print(t, flush=True)
        subprocess.run([sys.executable,"-m","bench._work",t,*prof],input=json.dumps(asdict(shop)),text=True)
