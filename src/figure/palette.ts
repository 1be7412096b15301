/**
 * Colours that people with any common colour blindness tell apart (Okabe and Ito, Color Universal
 * Design), ordered so that neighbours also differ in lightness and stay apart in grey. Each comes with
 * a mark and a dash of its own, and with a shade for text: 4.5 : 1 against white, WCAG 2.2, 1.4.3.
 */
export const seriesStyles = [
  { colour: "#0b3c5d", text: "#0b3c5d", mark: "circle", dash: [] },
  { colour: "#d55e00", text: "#a84a00", mark: "triangle", dash: [9, 3] },
  { colour: "#3fa7d6", text: "#1b6f99", mark: "rectRot", dash: [2, 3] },
  { colour: "#146b43", text: "#146b43", mark: "rect", dash: [9, 3, 2, 3] },
  { colour: "#9b4f96", text: "#8a4485", mark: "star", dash: [5, 2] },
  { colour: "#a67c00", text: "#7d5e00", mark: "crossRot", dash: [1, 2] },
] as const;

export const styleOf = (style: number) => {
  const [first] = seriesStyles;
  return seriesStyles[style % seriesStyles.length] ?? first;
};

export const ink = {
  text: "#1c1c1c",
  quiet: "#5c5c5c",
  paper: "#8f8f8f",
  formula: "#3d3d3d",
  grid: "#e4e4e4",
  axis: "#8a8a8a",
  background: "#ffffff",
  nothing: "rgba(255, 255, 255, 0)",
  slots: ["rgba(150, 140, 110, 0.13)", "rgba(255, 255, 255, 0)"],
  warning: "#b00020",
} as const;

export const FONT_FAMILY = "Cloudlet Sans";
