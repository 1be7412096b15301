import type { Reporter, TestModule } from "vitest/node";

/** What a person reads at the end of `npm run fuzz`: each property with its cases and how they came out. */
export default class FuzzReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => {
        const { fuzz } = test.meta();
        return fuzz === undefined ? [] : [{ name: test.fullName, ...fuzz }];
      }),
    );
    const width = Math.max(0, ...rows.map(({ name }) => name.length));
    const lines = rows.map(({ name, cases, failed, slowestMs }) =>
      [
        name.padEnd(width),
        `${cases} cases`.padStart(12),
        failed ? "FAILED, see above" : "0 failures",
        `slowest ${slowestMs.toFixed(0)} ms`,
      ].join("  "),
    );
    const cases = rows.reduce((sum, row) => sum + row.cases, 0);
    const failures = rows.filter(({ failed }) => failed).length;
    lines.push(`${rows.length} properties, ${cases} cases, ${failures} failures`);
    process.stdout.write(`${lines.join("\n")}\n`);
  }
}
