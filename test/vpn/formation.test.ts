import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cloudlet } from "../../src/vpn/cloudlet.js";
import { type Formation, formVpns, removeCloudlet } from "../../src/vpn/formation.js";
import { proximityOf } from "../../src/vpn/proximity.js";

/** Places on the equator, a degree being 111.19 km. */
const row = (...eastKm: number[]): Cloudlet[] =>
  eastKm.map((km, index) => ({ name: `c${index}`, latitude: 0, longitude: km / 111.1949 }));

const formed = (cloudlets: readonly Cloudlet[], dmaxKm = 1): Formation =>
  formVpns(proximityOf(cloudlets, dmaxKm));

const membersOf = ({ vpns }: Formation) => vpns.map(({ members }) => members);

/** Some 5 × 5 km, in which 1 km makes anything from strangers to one crowd. */
const field = fc
  .array(
    fc.tuple(fc.double({ min: 0, max: 0.045, noNaN: true }), fc.double({ min: 0, max: 0.06, noNaN: true })),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((places) =>
    places.map(([north, east], index): Cloudlet => ({
      name: `c${index}`,
      latitude: 45 + north,
      longitude: -75 + east,
    })),
  );

/** The steps of section 3.4.2, word by word. */
function stepByStep(cloudlets: readonly Cloudlet[], dmaxKm: number): number[][] {
  const { neighbours } = proximityOf(cloudlets, dmaxKm);
  const vpns: number[][] = [];
  for (const c of cloudlets.keys()) {
    const joined = vpns.filter((v) => v.some((k) => neighbours[c]?.includes(k)));
    for (const v of joined) v.push(c);
    if (joined.length === 0) vpns.push([c]);
  }
  return vpns;
}

function checkInvariants({ proximity, vpns }: Formation, present: readonly number[]): void {
  const near = (a: number, b: number) => proximity.neighbours[a]?.includes(b) ?? false;
  const sets = vpns.map(({ members }) => new Set(members));
  expect(new Set(vpns.map(({ id }) => id)).size).toBe(vpns.length);
  expect([...new Set(sets.flatMap((set) => [...set]))].sort((a, b) => a - b)).toEqual(present);
  for (const a of present)
    for (const b of present) if (near(a, b)) expect(sets.some((set) => set.has(a) && set.has(b))).toBe(true);
  for (const { members } of vpns) {
    const reached = new Set(members.slice(0, 1));
    for (const member of reached) for (const other of members) if (near(member, other)) reached.add(other);
    expect(reached.size).toBe(members.length);
  }
  for (const one of sets)
    for (const other of sets) expect(one !== other && [...one].every((each) => other.has(each))).toBe(false);
}

describe("formVpns", () => {
  it("makes one cloudlet a member of two VPNs that it lies between, and merges nothing", () => {
    expect(membersOf(formed(row(0, 1.8, 0.9)))).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it("gives one VPN to the same places in another order: the thesis's rule depends on who comes first", () => {
    expect(membersOf(formed(row(0, 0.9, 1.8)))).toEqual([[0, 1, 2]]);
  });

  it("takes Dmax as within, and a metre more as not", () => {
    expect(membersOf(formed(row(0, 0.9999)))).toEqual([[0, 1]]);
    expect(membersOf(formed(row(0, 1.001)))).toEqual([[0], [1]]);
  });

  it("gives what the thesis's steps give", () => {
    fc.assert(
      fc.property(field, fc.double({ min: 0.05, max: 3, noNaN: true }), (cloudlets, dmaxKm) => {
        expect(membersOf(formed(cloudlets, dmaxKm))).toEqual(stepByStep(cloudlets, dmaxKm));
      }),
    );
  });

  it("keeps the invariants", () => {
    fc.assert(
      fc.property(field, fc.double({ min: 0.05, max: 3, noNaN: true }), (cloudlets, dmaxKm) => {
        checkInvariants(formed(cloudlets, dmaxKm), [...cloudlets.keys()]);
      }),
    );
  });
});

describe("removeCloudlet", () => {
  it("splits a chain in two; the earlier part keeps the number", () => {
    const { formation, departures } = removeCloudlet(formed(row(0, 0.9, 1.8, 2.7)), 1);
    expect(formation.vpns).toEqual([
      { id: 0, members: [0] },
      { id: 1, members: [2, 3] },
    ]);
    expect(departures.map(({ parts, dropped }) => [parts.length, dropped.length])).toEqual([[2, 0]]);
  });

  it("drops a part that lies within another VPN", () => {
    // 0 and 1 found VPNs, 2 lies between, 3 beside 2 and 1: VPN 0 has 0, 2, 3 and VPN 1 has 1, 2, 3.
    const { formation, departures } = removeCloudlet(formed(row(0, 1.8, 0.9, 1.5)), 2);
    expect(formation.vpns).toEqual([
      { id: 0, members: [0] },
      { id: 1, members: [1, 3] },
    ]);
    expect(departures[0]?.dropped.map(({ members }) => members)).toEqual([[3]]);
  });

  it("leaves nothing of a VPN whose last member goes", () => {
    expect(removeCloudlet(formed(row(0, 5)), 0).formation.vpns).toEqual([{ id: 1, members: [1] }]);
    expect(removeCloudlet(formed(row(0)), 0).formation.vpns).toEqual([]);
  });

  it("falls into five where five lie around one", () => {
    const around = Array.from({ length: 5 }, (_, index) => {
      const angle = (index * 2 * Math.PI) / 5;
      return { name: `${index}`, latitude: 0.0085 * Math.sin(angle), longitude: 0.0085 * Math.cos(angle) };
    });
    const { departures } = removeCloudlet(
      formed([{ name: "middle", latitude: 0, longitude: 0 }, ...around]),
      0,
    );
    expect(departures[0]?.parts).toHaveLength(5);
  });

  it("keeps the invariants however many go, and no VPN falls into more than five", () => {
    const goings = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        field,
        fc.double({ min: 0.3, max: 2, noNaN: true }),
        goings,
        (cloudlets, dmaxKm, chosen) => {
          let formation = formed(cloudlets, dmaxKm);
          let present = [...cloudlets.keys()];
          for (const number of chosen) {
            const leaving = present[number % present.length];
            if (leaving === undefined) return;
            const removed = removeCloudlet(formation, leaving);
            present = present.filter((each) => each !== leaving);
            formation = removed.formation;
            checkInvariants(formation, present);
            for (const { parts, dropped } of removed.departures)
              expect(parts.length + dropped.length).toBeLessThanOrEqual(5);
          }
        },
      ),
    );
  });

  it("undoes the last joining", () => {
    fc.assert(
      fc.property(field, fc.double({ min: 0.05, max: 3, noNaN: true }), (cloudlets, dmaxKm) => {
        const last = cloudlets.length - 1;
        const before = formed(cloudlets.slice(0, last), dmaxKm);
        expect(removeCloudlet(formed(cloudlets, dmaxKm), last).formation.vpns).toEqual(before.vpns);
      }),
    );
  });

  it("knows who is gone", () => {
    const { formation } = removeCloudlet(formed(row(0, 5)), 0);
    expect(() => removeCloudlet(formation, 0)).toThrow(RangeError);
  });
});
