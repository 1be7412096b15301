import { expect, it } from "vitest";
import { markupOf } from "../../src/report/html.js";
import { left, right, table } from "../../src/report/table.js";

const tableOf = (rows: number) =>
  markupOf(
    table({
      caption: "Numbers",
      columns: [left("name"), right("totalMigrationTimeS")],
      rows: Array.from({ length: rows }, (_, index) => [`row ${index}`, index]),
      rest: "numbers.csv",
    }),
  );

it("names its columns and rows for those who hear it", () => {
  const markup = tableOf(2);
  expect(markup.match(/<th scope="col"/g)).toHaveLength(2);
  expect(markup.match(/<th scope="row" class="left">row \d<\/th>/g)).toHaveLength(2);
  expect(markup).toMatch(/<caption>\s*Numbers\s*<\/caption>/);
  expect(markup).not.toContain("Not shown");
});

it("lets a long name break where a word of it begins", () => {
  expect(tableOf(1)).toContain("total<wbr />Migration<wbr />TimeS");
});

it("says how many rows it leaves out, and where they are", () => {
  expect(tableOf(200)).not.toContain("Not shown");
  const markup = tableOf(1000);
  expect(markup.match(/scope="row"/g)).toHaveLength(200);
  expect(markup).toContain("Not shown: 800 more rows, in numbers.csv.");
});
