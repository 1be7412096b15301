import { readPlan } from "../src/experiment/read-plan.js";
import { CellSimulation } from "../src/testbed/sim/cell-simulation.js";
import { simulationParameters } from "../src/testbed/sim/parameters.js";
const { plan } = await readPlan({ experiments: ["grid"], profile: "thesis-2014", repeat: 1, seed: 1 }, { experiments: "experiments", profiles: "experiments/profiles" });
const p:any = simulationParameters(); p.hypervisor["qemu-1.0"].pageCopyUs=7.4;
  for (let seed=1; seed<=10; seed++) {
    const s:any=new CellSimulation({...plan.cells[0]!, seed}, p, {unshaped:true,idle:true});
    s.startProbes(); s.wait(1000); s.detachDevice(); s.wait(100); s.attachDevice(); s.wait(1000); s.adoptNextAddress();
    const N=s.note.bind(s); s.note=(n:string,...a:any[])=>{ N(n,...a); if(n==="guest-stopped"){ const h=s.hypervisor; console.log(seed,"top",s.memory.top,"remaining MB",(h.remainingBytes/1e6).toFixed(2),"buffered",(h.buffered/1e6).toFixed(2),"io",h.ioBuffer,"held",(h.context.stream.writeQueue.heldBytes/1e6).toFixed(2),"cwnd",h.context.stream.sender.cwnd,"lim",(h.context.stream.writeQueue.limitBytes/1e6).toFixed(2)); } };
    const m=s.migrate(); console.log("   downtime",(m.resumeMs-m.stopMs).toFixed(1),"src",(m.downtimeMs).toFixed(1), "retr", s.hypervisor.context.stream.sender.retransmissions);
  }
