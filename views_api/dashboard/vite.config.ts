import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// Everything that is built carries a hash in its name and comes from one's own origin: no inline script or style, nothing
// that a strict content security policy would refuse. The browsers named all know `light-dark()`, popovers and container
// queries, on which the style sheets rest.
export default defineConfig({
  build: {
    target: ["chrome123", "firefox125", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  server: {
    // `npm run dev` beside a running product, whose address is in .local/addresses.json: KPI_API=http://… npm run dev
    proxy: { "/v1": process.env.KPI_API ?? "http://127.0.0.1:8000" },
  },
  plugins: [budget(60)],
});

/** Fails the build when the page's scripts have more than so many kilobytes as they go over the wire. */
function budget(kilobytes: number): Plugin {
  return {
    name: "budget",
    generateBundle(_, bundle) {
      const scripts = Object.values(bundle).filter((output) => output.type === "chunk");
      const size = scripts.reduce((sum, { code }) => sum + gzipSync(code).length, 0) / 1000;
      if (size > kilobytes)
        this.error(`${size.toFixed(1)} KB of script, gzipped: more than the budget of ${kilobytes} KB`);
    },
  };
}
