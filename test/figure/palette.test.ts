import { describe, expect, it } from "vitest";
import { ink, seriesStyles } from "../../src/figure/palette.js";

type Rgb = readonly [number, number, number];

/** How dichromats see linear RGB: Machado, Oliveira and Fernandes, IEEE TVCG 15 (6), 2009, severity 1. */
const vision: Record<string, readonly [Rgb, Rgb, Rgb]> = {
  trichromat: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanope: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranope: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanope: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const channel = (hex: string, at: number): number => {
  const share = parseInt(hex.slice(at, at + 2), 16) / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};
const linear = (hex: string): Rgb => [channel(hex, 1), channel(hex, 3), channel(hex, 5)];
const dot = ([a, b, c]: Rgb, [x, y, z]: Rgb): number => a * x + b * y + c * z;
const clamped = (value: number): number => Math.min(Math.max(value, 0), 1);
const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], linear(hex));

/** CIE L*a*b*, D65. */
function lab(rgb: Rgb): Rgb {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f(dot([0.4124, 0.3576, 0.1805], rgb) / 0.9505);
  const y = f(dot([0.2126, 0.7152, 0.0722], rgb));
  const z = f(dot([0.0193, 0.1192, 0.9505], rgb) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The four series that figures draw at most. */
const drawn = seriesStyles.slice(0, 4);
const pairs = drawn.flatMap((one, index) => drawn.slice(index + 1).map((other) => [one, other] as const));

describe("the colours of the series", () => {
  it.each(Object.entries(vision))("are told apart by a %s", (_, [red, green, blue]) => {
    const seen = (hex: string) => {
      const rgb = linear(hex);
      return lab([clamped(dot(red, rgb)), clamped(dot(green, rgb)), clamped(dot(blue, rgb))]);
    };
    for (const [{ colour: a }, { colour: b }] of pairs) {
      const [from, to] = [seen(a), seen(b)];
      const distance = Math.hypot(from[0] - to[0], from[1] - to[1], from[2] - to[2]);
      expect(distance, `${a} ${b}`).toBeGreaterThan(15);
    }
  });

  it("differ in lightness, and each has a mark and a dash of its own", () => {
    for (const [{ colour: a }, { colour: b }] of pairs) {
      expect(Math.abs(lab(linear(a))[0] - lab(linear(b))[0]), `${a} ${b}`).toBeGreaterThan(10);
    }
    expect(new Set(seriesStyles.map(({ mark }) => mark)).size).toBe(seriesStyles.length);
    expect(new Set(seriesStyles.map(({ dash }) => dash.join())).size).toBe(seriesStyles.length);
  });

  it("have shades for text that stand out against white as WCAG 2.2, 1.4.3 asks", () => {
    for (const hex of [...seriesStyles.map(({ text }) => text), ink.text, ink.quiet, ink.warning]) {
      expect(1.05 / (luminance(hex) + 0.05), hex).toBeGreaterThan(4.5);
    }
  });
});
