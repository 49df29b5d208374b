import { defineConfig } from "vite";

// One classic script: `<script src=".../ui/coach.js">` then works from any page of any origin,
// with or without type="module". What lies in public/ (the thin pages, their style, the icon)
// is copied beside it.
export default defineConfig({
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: false,
    lib: { entry: "src/coach.ts", formats: ["iife"], name: "Coach", fileName: () => "coach.js" },
  },
});
