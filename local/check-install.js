// Plain JavaScript, for it must run where nothing is installed: npm puts the Node of node_modules before its own.
const node_major_min = 24;

if (Number.parseInt(process.versions.node, 10) < node_major_min) {
  process.stderr.write(
    "The packages are not installed, and with them a Node that runs TypeScript: run npm ci.\n",
  );
  process.exitCode = 1;
}
