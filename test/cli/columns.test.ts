import { expect, it } from "vitest";
import { columns } from "../../src/cli/columns.js";

it("aligns columns, and leaves no blanks at the end of a line", () => {
  expect(columns([["VM", "state"], ["VM3", "UP", "10.1.1.15/24"], ["VM4"]])).toEqual([
    "VM   state",
    "VM3  UP     10.1.1.15/24",
    "VM4",
  ]);
});

it("makes nothing of nothing", () => {
  expect(columns([])).toEqual([]);
});
