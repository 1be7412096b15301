import type { Caption } from "../figure/caption.js";
import type { Chart, Point, Series } from "../figure/chart.js";
import type { Cloudlet, CloudletList } from "./cloudlet.js";
import type { Formation, Vpn } from "./formation.js";
import { type PlaceOnMap, project } from "./projection.js";
import { summaryOf, vpnIdsByCloudlet } from "./summary.js";

/** So many VPNs have a colour of their own. */
const NAMED = 4;
const STYLE_OF_SEVERAL = 4;
const STYLE_OF_OTHERS = 5;

/** More would hide each other, and the cloudlets. */
const MOST_LINKS = 10_000;

/** Where there are more, dots of one kind that nearly touch are drawn once. */
const MOST_DOTS = 2000;
/** The size of a dot with the room around it, as a share of the map's longer side. */
const DOT = 1 / 100;

/** A map of cloudlets and their VPNs. */
export function vpnMap({ title, cloudlets }: CloudletList, formation: Formation): Chart {
  const places = project(cloudlets);
  const idsOf = vpnIdsByCloudlet(formation);
  const bySize = formation.vpns.toSorted((a, b) => b.members.length - a.members.length || a.id - b.id);
  const named = bySize.slice(0, NAMED);
  const others = bySize.slice(NAMED);
  const own = (vpns: readonly Vpn[]) =>
    vpns.flatMap(({ members }) => members.filter((member) => idsOf[member]?.length === 1));
  const several = idsOf.flatMap((ids, index) => (ids.length > 1 ? [index] : []));
  const groups = [
    ...named.map((vpn, style) => ({ label: inWords(vpn, cloudlets), style, vpns: [vpn] })),
    ...(others.length === 0
      ? []
      : [{ label: `${others.length} smaller VPNs`, style: STYLE_OF_OTHERS, vpns: others }]),
  ];
  // Neighbours always share a VPN: each pair is a line.
  const pairs = formation.proximity.neighbours.reduce((sum, { length }) => sum + length, 0) / 2;
  const links =
    pairs > MOST_LINKS
      ? []
      : linksOf(
          formation,
          groups.map(({ vpns }) => vpns),
        );
  const dots = [
    ...groups.map(({ label, style, vpns }) => ({ label, style, members: own(vpns) })),
    {
      label: `in several VPNs: ${several.length}`,
      style: STYLE_OF_SEVERAL,
      members: several,
    },
  ].filter(({ members }) => members.length > 0);
  const sideKm = places.reduce((longest, { eastKm, northKm }) => Math.max(longest, eastKm, northKm), 0);
  const dotKm = places.length > MOST_DOTS ? sideKm * DOT : 0;
  return {
    kind: "chart",
    thesis: "Section 3.4.2",
    title: `VPNs of cloudlets: ${title}`,
    x: { id: "eastKm", title: "East, km", scale: "linear" },
    y: { id: "northKm", title: "North, km", scale: "linear" },
    series: [
      ...dots.map(({ label, style, members }) => ({
        ...computed(label, style, "dots"),
        points: thinned(
          members.flatMap((member) => places[member] ?? []),
          dotKm,
        ),
      })),
      ...links.map((lines, index) => ({
        ...computed(groups[index]?.label ?? "", groups[index]?.style ?? 0, "links"),
        points: lines.flatMap(([from, to]) => broken(places[from], places[to])),
      })),
    ],
    slots: [],
    windows: [],
    notes: [
      pairs <= MOST_LINKS
        ? "Lines: at most Dmax apart and members of one VPN."
        : `Lines between neighbours are left out: more than ${MOST_LINKS}.`,
      ...(dotKm > 0 ? [`One dot for all of a kind in a square of ${dotKm.toPrecision(2)} km.`] : []),
      "Equirectangular projection, true along the middle parallel.",
    ],
    isMap: true,
  };
}

export function mapCaption(formation: Formation, version: string): Caption {
  const { dmaxKm, cloudlets, vpns, inSeveralVpns } = summaryOf(formation);
  return {
    origin: `Computed by the thesis's rule  ·  Dmax ${dmaxKm} km  ·  cloudlets: ${cloudlets}, in several VPNs: ${inSeveralVpns}  ·  VPNs: ${vpns}`,
    simulated: false,
    provenance: `cloudlet ${version}.`,
  };
}

const inWords = ({ members }: Vpn, cloudlets: readonly Cloudlet[]): string =>
  `VPN of ${cloudlets[members[0] ?? -1]?.name ?? ""}: ${members.length}`;

const computed = (label: string, style: number, form: Series["form"]) =>
  ({ kind: "computed", label, style, form }) as const;

/** Pairs of neighbours that share a VPN, each once, with the first group that has them both. */
function linksOf({ proximity }: Formation, groups: readonly (readonly Vpn[])[]): [number, number][][] {
  const drawn = new Set<string>();
  return groups.map((vpns) =>
    vpns.flatMap(({ members }) => {
      const inside = new Set(members);
      return members.flatMap((from) =>
        (proximity.neighbours[from] ?? []).flatMap((to): [number, number][] => {
          const pair = `${from} ${to}`;
          if (to < from || !inside.has(to) || drawn.has(pair)) return [];
          drawn.add(pair);
          return [[from, to]];
        }),
      );
    }),
  );
}

function broken(from: PlaceOnMap | undefined, to: PlaceOnMap | undefined): Point[] {
  if (from === undefined || to === undefined) return [];
  return [
    { x: from.eastKm, y: from.northKm },
    { x: to.eastKm, y: to.northKm },
    { x: to.eastKm, y: null },
  ];
}

/** One of those that lie in the same square with sides of a dot; all where a dot has no size. */
function thinned(places: readonly PlaceOnMap[], dotKm: number): Point[] {
  const taken = new Map<string, Point>();
  for (const [index, { eastKm, northKm }] of places.entries()) {
    const square = dotKm === 0 ? `${index}` : `${Math.floor(eastKm / dotKm)} ${Math.floor(northKm / dotKm)}`;
    if (!taken.has(square)) taken.set(square, { x: eastKm, y: northKm });
  }
  return [...taken.values()];
}
