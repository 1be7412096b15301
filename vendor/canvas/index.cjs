"use strict";
// chartjs-node-canvas asks for the package "canvas" (node-canvas). This one answers with the
// prebuilt @napi-rs/canvas, through its node-canvas compatibility entry.
module.exports = require("@napi-rs/canvas/node-canvas");
