import cProfile,pstats,sys,time,tempfile,pickle
from bench._work import _workspace,NAME,_order_pages
from bench._serving import running_shop
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, land_records
import regulars_agent._pull as P
from regulars_connectors import Scan
from regulars_mapping import Kind
from regulars_store import shop_named
size=int(sys.argv[1]); sort=sys.argv[2]
with running_shop(4000,log=None) as shop, _workspace(shop) as ws:
    recs=[r for p in _order_pages(shop) for r in p.records]
    with ws.store.read() as c: row=shop_named(c,NAME)
    pulled=Pulled()
    import gc; gc.collect(); gc.freeze()
    pr=cProfile.Profile(time.thread_time) if sort!="none" else None
    with visit(ws,row,resource="pull") as at:
        a=time.process_time()
        if pr: pr.enable()
        for i in range(0,len(recs),size):
            land_records(at,recs[i:i+size],via=Scan.HISTORY,pulled=pulled)
        if pr: pr.disable()
        b=time.process_time()-a
    print(size, "orders/cpu-s", 4000/b)
    if pr: pstats.Stats(pr).sort_stats(sort).print_stats(120)
