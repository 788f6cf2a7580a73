import os


def test_shots(browser, address, collection):
    for lang in ("zh-CN", "en"):
        for scheme in ("light", "dark"):
            ctx = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, locale=lang)
            p = ctx.new_page()
            errs = []
            p.on("console", lambda m: errs.append(m.text) if m.type in ("error", "warning") else None)
            p.on("pageerror", lambda e: errs.append(str(e)))
            p.goto(address + "/")
            p.wait_for_timeout(600)
            p.screenshot(path=f"/tmp/shots/list-{lang}-{scheme}.png", full_page=True)
            for name, r in collection.items():
                if scheme == "dark" and name not in ("video", "broken"):
                    continue
                p.goto(f"{address}/recordings/{r.id}")
                p.wait_for_timeout(700)
                p.screenshot(path=f"/tmp/shots/{name}-{lang}-{scheme}.png", full_page=True)
            print(lang, scheme, errs)
            ctx.close()
    ctx = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", device_scale_factor=2)
    p = ctx.new_page()
    p.goto(address + "/")
    p.wait_for_timeout(500)
    p.screenshot(path="/tmp/shots/list-narrow.png", full_page=True)
    p.goto(f"{address}/recordings/{collection['video'].id}")
    p.wait_for_timeout(700)
    p.screenshot(path="/tmp/shots/video-narrow.png", full_page=True)
    p.goto(f"{address}/?case=x&text=y")
    p.screenshot(path="/tmp/shots/nothing-narrow.png", full_page=True)
