"use strict";
// chartjs-node-canvas asks for the package "canvas" (node-canvas). This one answers with the
// prebuilt @napi-rs/canvas, through its node-canvas compatibility entry, and adds what that entry
// lacks: SVG by toBuffer(). Text becomes outlines, so that an SVG looks the same without its font.
const compatible = require("@napi-rs/canvas/node-canvas");
const { createCanvas, SvgExportFlag } = require("@napi-rs/canvas");

module.exports = {
  ...compatible,
  createCanvas(width, height, type) {
    if (type !== "svg") return compatible.createCanvas(width, height, type);
    const canvas = createCanvas(width, height, SvgExportFlag.ConvertTextToPaths);
    canvas.toBuffer = () => canvas.getContent();
    return canvas;
  },
};
