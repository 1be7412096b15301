import { readPlan } from "../src/experiment/read-plan.js";
import { CellSimulation } from "../src/testbed/sim/cell-simulation.js";
import { simulationParameters } from "../src/testbed/sim/parameters.js";

const profile = process.argv[2] ?? "thesis-2014";
const { plan } = await readPlan({ experiments: ["grid"], profile, repeat: 1, seed: 1 }, { experiments: "experiments", profiles: "experiments/profiles" });
const parameters = simulationParameters();
if (process.env.BURST) (plan.profile.link.burstBytes as any).value = Number(process.env.BURST);
if (process.env.CC) (plan.profile.tcp.congestionControl as any).value = process.env.CC;
for (const kv of (process.env.SET ?? '').split(',').filter(Boolean)) { const [k,v]=kv.split('='); const ks=k!.split('/'); let o:any=parameters; for (const x of ks.slice(0,-1)) o=o[x]; o[ks.at(-1)!]=Number(v); }
const t49: Record<string, number> = {};
const rows = [[14.0,16.62,29.44,42.02],[19.93,20.55,35.27,48.77],[43.74,46.79,48.35,50.13]];
const downs = [[204.53,860.81,1878.25,2811.18],[709.3,1273.41,2367.87,3564.01],[2483.76,3011.99,3547.25,3687.74]];
const bws = [350,175,60], rtts=[20,50,100,150];
let e1=0,e2=0,ev=0; const t0=performance.now();
export function play(cell: any, variation = {}) {
  const s = new CellSimulation(cell, parameters, variation);
  s.measureLink(); s.startProbes(); s.wait(cell.timeline.attachedS*1000); s.detachDevice(); s.wait(cell.timeline.awayS*1000);
  s.attachDevice(); s.wait(cell.timeline.beforeMigrationS*1000); s.adoptNextAddress(); const w0=performance.now(); const m = s.migrate(); const w1=performance.now();
  s.completeHandover(); s.wait(cell.timeline.afterS*1000); const o = s.finish(); s.measureLink();
  const old = o.series.probe.filter(p=>p.address==="old"&&p.receivedMs!==null).at(-1)?.receivedMs ?? NaN;
  const next = o.series.probe.find(p=>p.address==="next"&&p.receivedMs!==null)?.receivedMs ?? NaN;
  const during = o.series.ping.filter(p=>p.address==="old"&&p.rttMs!==null&&p.sentMs>=m.commandStartMs&&p.sentMs<=m.commandEndMs).map(p=>p.rttMs!);
  const before = o.series.ping.filter(p=>p.address==="old"&&p.rttMs!==null&&p.sentMs>=m.commandStartMs-5000&&p.sentMs<=m.commandStartMs).map(p=>p.rttMs!);
  const mean=(a:number[])=>a.reduce((x,y)=>x+y,0)/a.length;
  return { s, m, o, total: (m.commandEndMs-m.commandStartMs)/1000, down: next-old, rtt0: mean(before), rtt: mean(during), events: s.timers.expired };
}
const base = play({...plan.cells[0]!}, {unshaped:true, idle:true});
console.log(`baseline total ${base.total.toFixed(2)} (10.67) down ${base.down.toFixed(1)} (243.46) stop-resume ${(base.m.resumeMs!-base.m.stopMs!).toFixed(1)} passes ${base.m.dirtySyncCount} normal ${(base.m.normalBytes!/2**20).toFixed(1)} MiB`);
for (const [i,bw] of bws.entries()) for (const [j,rtt] of rtts.entries()) {
  const cell = plan.cells.find(c=>c.wan.rateBps===bw*1e6&&c.wan.rttMs===rtt)!;
  const r = play(cell); ev+=r.events;
  const a=rows[i]![j]!, b=downs[i]![j]!; e1+=Math.abs(r.total/a-1); e2+=Math.abs(r.down/b-1);
  const mid=r.m; const wan=r.s.topology.wan.forward[0]!; 
  const st=(r.s as any).hypervisor.context.stream.sender;
  const mb=r.o.series.iperf.filter(x=>x.startMs>=mid.commandStartMs&&x.endMs<=(mid.stopMs??0)); 
  const thr=mb.reduce((x,y)=>x+y.bytes,0)*8/1e3/((mid.stopMs??0)-mid.commandStartMs);
  const joined=r.o.events.filter(e=>e.name==="subflow-joined").at(-1)?.tMs ?? NaN;
  console.log(`${bw}x${rtt}: total ${r.total.toFixed(2)} (${a}) ${((r.total/a-1)*100).toFixed(0)}%  down ${r.down.toFixed(0)} (${b}) ${((r.down/b-1)*100).toFixed(0)}%  rtt ${r.rtt0.toFixed(1)}→${r.rtt.toFixed(1)} iperf ${thr.toFixed(1)} retr ${st.retransmissions} to ${st.timeouts} drops ${wan.dropped} max ${wan.longest} normal ${(r.m.normalBytes!/2**20).toFixed(0)} ev ${(r.events/1e6).toFixed(2)}M join+${((joined-(mid.resumeMs??0))/1000).toFixed(2)} ${r.o.evidence.mptcp.findings.join()} ${r.m.reason??""}`);
}
const dt=(performance.now()-t0)/1000;
console.log(`MARE total ${(e1/12*100).toFixed(1)}% down ${(e2/12*100).toFixed(1)}%; ${(ev/1e6).toFixed(1)}M events ${dt.toFixed(2)}s ${(ev/dt/1e6).toFixed(2)}M/s rss ${(process.memoryUsage().rss/2**20).toFixed(0)}`);
