import { defineConfig, type Plugin } from "vite";

/** One file without imports that may be loaded many times in a page and runs once: elements have their names once. */
const once: Plugin = {
  name: "once",
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === "chunk")
        chunk.code = `export default (globalThis[Symbol.for("twinbed")] ??= (() => {${chunk.code}\nreturn twinbed;})());\n`;
  },
};

export default defineConfig({
  publicDir: false,
  plugins: [once],
  build: {
    outDir: "../twinbed/server/static",
    emptyOutDir: false,
    target: "es2022",
    lib: { entry: "src/embed.ts", name: "twinbed", formats: ["iife"], fileName: () => "embed.js" },
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
