import { readPlan } from "../src/experiment/read-plan.js";
import { CellSimulation } from "../src/testbed/sim/cell-simulation.js";
import { simulationParameters } from "../src/testbed/sim/parameters.js";
const { plan } = await readPlan({ experiments: ["grid"], profile: "thesis-2014", repeat: 1, seed: 1 }, { experiments: "experiments", profiles: "experiments/profiles" });
for (const [c,z] of [[7.9,6.3]] as [number,number][]) {
  const p:any = simulationParameters(); p.hypervisor["qemu-1.0"].pageCopyUs=c; p.hypervisor["qemu-1.0"].zeroPageUs=z;
  let t=0,d=0; const ds:number[]=[]; const n=64;
  for (let seed=1; seed<=n; seed++) {
    const s=new CellSimulation({...plan.cells[0]!, seed}, p, {unshaped:true,idle:true});
    s.startProbes(); s.wait(1000); s.detachDevice(); s.wait(100); s.attachDevice(); s.wait(1000); s.adoptNextAddress();
    const m=s.migrate(); s.completeHandover(); s.wait(500); const o=s.finish();
    const old=o.series.probe.filter(x=>x.address==="old"&&x.receivedMs!==null).at(-1)!.receivedMs!; const next=o.series.probe.find(x=>x.address==="next"&&x.receivedMs!==null)!.receivedMs!;
    t+=(m.commandEndMs-m.commandStartMs)/1000; d+=next-old; ds.push(Math.round(next-old));
  }
  console.log(c,z,(t/n).toFixed(3),(d/n).toFixed(1),ds.join(" "));
}
