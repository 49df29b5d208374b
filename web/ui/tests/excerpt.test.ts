import fc from "fast-check";
import { expect, it } from "vitest";
import { excerpt } from "../src/model/excerpt";

it("is the words around those that matter", () => {
  const text = "Well I have been on the injector for two weeks now and ever since the second shot my arms are all red and they itch at night";
  const spans = [{ text: "my arms are all red" }];
  expect(excerpt({ text, spans })).toBe("…since the second shot my arms are all red and they itch at night");
  expect(excerpt({ text })).toBe("Well I have been on the injector for two weeks now and ever…");
  expect(excerpt({ text: "Short.", spans })).toBe("Short.");
  expect(excerpt({})).toBe("");
});

it("is always a part of the text that fits", () => {
  const words = fc.array(fc.string({ minLength: 1, maxLength: 90 }), { maxLength: 12 });
  fc.assert(fc.property(words, fc.nat(20), fc.integer({ min: 8, max: 80 }), (said, at, longest) => {
    const text = said.join(" ");
    const span = said[at];
    const found = excerpt({ text, spans: span ? [{ text: span }] : [] }, longest);
    const bare = found === text ? text : found.replace(/^…/, "").replace(/…$/, "");
    expect(text).toContain(bare);
    expect(bare.length).toBeLessThanOrEqual(longest + 90);
  }));
});
