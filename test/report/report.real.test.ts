import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticGrid } from "../record/synthetic.js";
import { hostileRecord, record, report } from "./recorded.js";
import { requireChromium } from "./require-chromium.js";

// The page is read in the browser, whose types belong to another library than Node's: so it is asked in its own words.
const { check, path } = requireChromium();
let root: string;
let grid: string;
let hostile: string;
let browser: Browser | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cloudlet-browser-"));
  grid = await report(await record(root, "grid", syntheticGrid(1)));
  hostile = await report(await hostileRecord(root, "hostile"));
  // Chromium has no sandbox for root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  if (path() !== "") browser = await chromium.launch({ executablePath: path(), args });
});
afterAll(async () => {
  await browser?.close();
  await rm(root, { recursive: true });
});
beforeEach(check);

/** A page as a reader opens it from disk, with everything that it asked for and complained about. */
async function open(file: string, options: BrowserContextOptions = {}) {
  if (browser === undefined) throw new Error("no browser was started");
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  return {
    page,
    requests,
    complaints,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

const ask = async <T>(page: Page, question: string): Promise<T> => await page.evaluate<T>(question);

describe("report.html in a browser", () => {
  it("opens from disk without a request to anything else, and without complaint", async () => {
    await using opened = await open(grid);
    const { page, requests, complaints } = opened;
    const foreign = requests.filter((url) => !url.startsWith("data:"));
    expect(foreign).toEqual([pathToFileURL(grid).href]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe("grid, handover on netns, 2024-05-01");
  });

  it("shows every picture, each with words for those who can't see it", async () => {
    await using opened = await open(grid);
    const pictures = await ask<{ width: number; alt: string }[]>(
      opened.page,
      "Promise.all([...document.images].map((image) => image.decode().then(() => ({ width: image.naturalWidth, alt: image.alt }))))",
    );
    expect(pictures.length).toBeGreaterThanOrEqual(11);
    for (const { width, alt } of pictures) {
      expect(width).toBe(1000);
      expect(alt).toMatch(/^Chart: /);
    }
  });

  it("has one heading of the first level, none that skips a level, and links that lead somewhere", async () => {
    await using opened = await open(grid);
    const levels = await ask<number[]>(
      opened.page,
      "[...document.querySelectorAll('h1,h2,h3,h4')].map((heading) => Number(heading.tagName[1]))",
    );
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries())
      expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1);
    const ids = await ask<string[]>(
      opened.page,
      "[...document.querySelectorAll('[id]')].map(({ id }) => id)",
    );
    expect(new Set(ids).size).toBe(ids.length);
    const targets = await ask<string[]>(opened.page, "[...document.links].map(({ hash }) => hash.slice(1))");
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  it.each([360, 768, 1280])("never scrolls sideways at %i px", async (width) => {
    for (const file of [grid, hostile]) {
      await using opened = await open(file, { viewport: { width, height: 740 } });
      await ask(
        opened.page,
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
      );
      expect(await ask(opened.page, "document.documentElement.scrollWidth")).toBe(width);
    }
  });

  it("is dark where the reader wants it, with pictures on white, and every text stands out", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await using opened = await open(grid, { colorScheme });
      const { page } = opened;
      const backgrounds = await ask<number[]>(
        page,
        `[document.documentElement, document.querySelector(".card")].map((element) => (${LUMINANCE})(getComputedStyle(element).backgroundColor))`,
      );
      expect(backgrounds[0]).toBeCloseTo(colorScheme === "dark" ? 0 : 1, 1);
      expect(backgrounds[1]).toBe(1);
      const contrasts = await ask<number[]>(
        page,
        `["body", "figcaption", "dt", "a", ".origin", "summary", "thead th", ".holds", ".place"].map((selector) => {
          const luminance = ${LUMINANCE};
          const element = document.querySelector(selector);
          let behind = element;
          while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)" && behind.parentElement) behind = behind.parentElement;
          const [text, ground] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
          return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
        })`,
      );
      // WCAG 2.2, level AA.
      for (const contrast of contrasts) expect(contrast).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("shows on paper what is folded away on a screen", async () => {
    await using opened = await open(grid);
    const { page } = opened;
    const hash = page.locator("#provenance code").first();
    expect(await hash.isVisible()).toBe(false);
    await page.emulateMedia({ media: "print" });
    expect(await hash.isVisible()).toBe(true);
    const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
    expect(pdf.startsWith("%PDF-")).toBe(true);
    expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(5);
  });

  it("lets no text of a record become part of the page", async () => {
    await using opened = await open(hostile);
    const { page, requests, complaints } = opened;
    expect(await ask(page, "document.querySelectorAll('script, [onload]').length")).toBe(0);
    expect(await page.title()).toContain("<script>");
    expect(requests.filter((url) => !url.startsWith("data:"))).toHaveLength(1);
    expect(complaints).toEqual([]);
  });
});

/** Relative luminance of a computed colour (WCAG 2.2), as a function in the page's own language. */
const LUMINANCE = `(colour) => {
  const [red, green, blue] = colour.match(/[\\d.]+/g).map((channel) => {
    const share = Number(channel) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}`;
