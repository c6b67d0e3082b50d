from tests.house.walking import *
from tests.house.test_rights import *
from tests.make.stored import take_stock
import time
def test_x(house):
    t=time.time()
    for d in house.doors:
        cells=[]
        for r in Role:
            a=take_stock(house.database)
            x=house.use(d,r,USUAL_CASE.get(d.name,'published'))
            b=take_stock(house.database)
            cells.append(f"{x.status_code}{'*' if a!=b else ''}{'S' if 'sign-in' in x.headers.get('location','') else ''}")
            if a!=b: house.reset()
            from market.web.limits import Limits
            house.app.state.resources.limits=Limits()
        print(f"{d.verb:5}{d.name:32}"+"".join(f"{c:10}" for c in cells))
    print(time.time()-t)
