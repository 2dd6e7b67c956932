import gc,sys,time,json
from bench._work import _workspace,NAME,_Start
from bench._serving import running_shop
from regulars_agent import backfill
mode=sys.argv[1]
with running_shop(int(sys.argv[2]),log=None) as shop:
  for mode in sys.argv[1].split(","):
   with _workspace(shop) as ws:
    spent=[0,0,0]; n=[0,0,0]; t0=[0]
    def cb(phase,info):
        if phase=="start": t0[0]=time.thread_time()
        else: spent[info["generation"]]+=time.thread_time()-t0[0]; n[info["generation"]]+=1
    gc.callbacks.append(cb)
    if mode=="freeze": gc.collect(); gc.freeze()
    if mode=="off": gc.disable()
    s=_Start()
    backfill(ws,NAME)
    w,b=s.passed()
    gc.enable(); gc.unfreeze(); gc.callbacks.clear()
    print(mode, "cpu us/order", b/shop.orders*1e6, "wall", w, "gc", [round(x,2) for x in spent], n, flush=True)
