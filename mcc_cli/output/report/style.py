"""The style of the report: no font, picture or script from anywhere else."""

STYLE = """
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1b1f24;--soft:#57606a;
--line:#dfe3e8;--track:#eceff2;--link:#0b57a4;--critical:#b3123b;--high:#c2410c;--medium:#a16207;
--low:#2563a8;--amber:#b98105;--new:#b45309;--reopened:#b3123b;--fixed:#1a7f37;--found:#5b6bb5}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--card:#181d24;--text:#e6e9ed;
--soft:#a0a9b4;--line:#2c343e;--track:#242b34;--link:#7cb7ff;--critical:#ff7b93;--high:#ff9d5c;
--medium:#e8c04a;--low:#79b4f5;--amber:#e8c04a;
--new:#f0b35a;--reopened:#ff7b93;--fixed:#5fd07f;--found:#93a1e8}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:32px}
h1{font-size:1.75rem;line-height:1.2;margin:0}
h2{font-size:1.25rem;margin:36px 0 12px}
h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
p{margin:4px 0}
.soft{color:var(--soft)}
.small{font-size:.875rem}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.figures{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:20px 0 16px;padding:0}
.figures>div,.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.figures>div{padding:14px 16px;display:flex;flex-direction:column}
.figures dt{color:var(--soft);font-size:.875rem}
.figures dd{margin:0}
.figures .number{font-size:2rem;line-height:1.2;font-weight:650;
font-variant-numeric:tabular-nums}
.card{padding:16px 18px;margin:0 0 16px}
.card>:last-child{margin-bottom:0}
.card h2{margin:0 0 12px;font-size:1.05rem}
.charts{display:grid;grid-template-columns:1fr 1fr;column-gap:16px;align-items:start}
.bars{list-style:none;margin:0;padding:0;display:grid;
grid-template-columns:fit-content(48%) minmax(4rem,1fr) max-content;gap:8px 12px;align-items:center}
.bars li{display:contents}
.bars svg{display:block;width:100%;height:14px;background:var(--track);border-radius:3px}
.bars rect{stroke:var(--card);vector-effect:non-scaling-stroke}
.bars .number{text-align:right;font-variant-numeric:tabular-nums}
.bars .name{overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:12px 0 0;font-size:.875rem;
color:var(--soft)}
.dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
.trends{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:20px 28px}
.trend svg{display:block;width:100%;height:64px;margin:4px 0}
.trend strong{font-size:.9375rem}
.trend .between{display:flex;justify-content:space-between;gap:12px}
.trend .between span{white-space:nowrap}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;
gap:2px 16px;margin-bottom:10px}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
th,td{text-align:left;vertical-align:top;padding:8px 12px 8px 0;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-size:.8125rem;font-weight:600;padding-top:0}
th:last-child,td:last-child{padding-right:0}
.count{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.when{white-space:nowrap}
.mark{width:6.5rem;white-space:nowrap;font-weight:600;font-size:.875rem}
.rule{font-weight:600;overflow-wrap:anywhere}
.text{overflow-wrap:anywhere}
.urls{list-style:none;margin:2px 0 0;padding:0;font-size:.875rem;overflow-wrap:anywhere}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
.critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}
.low{color:var(--low)}.new{color:var(--new)}.reopened{color:var(--reopened)}
.fixed{color:var(--fixed)}
.f-critical{fill:var(--critical);background:var(--critical)}
.f-high{fill:var(--high);background:var(--high)}
.f-medium{fill:var(--amber);background:var(--amber)}
.f-low{fill:var(--low);background:var(--low)}
.f-found{fill:var(--found);background:var(--found)}
.f-new{fill:var(--new);background:var(--new)}
.f-line{fill:var(--line)}
footer{padding-top:8px;padding-bottom:32px}
@media screen and (max-width:760px){.charts{grid-template-columns:1fr}
.figures{grid-template-columns:1fr 1fr}}
@media screen and (max-width:560px){main,header,footer{padding-left:12px;padding-right:12px}
header{padding-top:20px}.card{padding:14px 12px}h1{font-size:1.45rem}.when{display:none}
.mark{width:4.75rem;white-space:normal}th,td{padding-right:8px}.figures>div{padding:10px 12px}
.figures .number{font-size:1.6rem}}
@media print{@page{margin:14mm}:root{color-scheme:light;--page:#fff;--card:#fff;--text:#000;
--soft:#444;--line:#bbb;--track:#eee;--link:#000;--critical:#b3123b;--high:#b23c0a;
--medium:#8a5500;--low:#1d4f8a;--amber:#b98105;
--new:#9a4a06;--reopened:#b3123b;--fixed:#14652c;--found:#5b6bb5}
body{font-size:10.5pt}main,header,footer{max-width:none;padding-left:1px;padding-right:1px}
header{padding-top:0}h2{margin-top:20px}.figures .number{font-size:1.5rem}
.card,.figures>div{border-radius:0}
.charts .card,.figures,.trend,tr,.head{break-inside:avoid}.card{padding:10px 12px}
.head,h2{break-after:avoid}
thead{display:table-header-group}table{font-size:9.5pt}th,td{padding-top:4px;padding-bottom:4px}
a{text-decoration:none}
svg,.dot{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""
