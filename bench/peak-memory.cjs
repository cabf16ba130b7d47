// Preloaded into every Node of a measured command: its peak memory in KB and its script, when it ends.
const { appendFileSync } = require("node:fs");

process.on("exit", () => {
  appendFileSync(process.env.BENCH_MEMORY, `${process.resourceUsage().maxRSS} ${process.argv[1] ?? ""}\n`);
});
