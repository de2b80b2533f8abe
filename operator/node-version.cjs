// Runs on any Node, old ones included: says what is missing before newer syntax fails without a word.
const wanted = 24
const found = Number.parseInt(process.versions.node, 10)
if (found < wanted) {
  process.stderr.write(
    `Node ${wanted} or newer is needed, this is ${process.versions.node}.\n` +
      'npm ci brings Node 26 with it, unless install scripts are switched off (--ignore-scripts):\n' +
      'run "npm rebuild node", or use a newer Node.\n',
  )
  process.exit(1)
}
