/** A straight stretch of a device's way at constant speed; a pause where it ends where it began. */
export interface Leg {
  readonly startS: number;
  readonly endS: number;
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

/** A device's legs one after the other, without gaps in time. They end with the walk. */
export type Walk = Iterator<Leg, undefined>;

/** Where a device is, m from the south-western corner, and how fast it moves, m/s. */
export interface Motion {
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
}

/** On a leg, at a time within it. */
export function motionOn({ startS, endS, fromX, fromY, toX, toY }: Leg, timeS: number): Motion {
  const durationS = endS - startS;
  if (durationS <= 0) return { x: toX, y: toY, vx: 0, vy: 0 };
  const share = (timeS - startS) / durationS;
  return {
    x: fromX + share * (toX - fromX),
    y: fromY + share * (toY - fromY),
    vx: (toX - fromX) / durationS,
    vy: (toY - fromY) / durationS,
  };
}
