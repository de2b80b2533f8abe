/**
 * Puts the ports of a test in the place of those that pages name, and does not go on before `kubectl proxy` serves,
 * which a reader is too slow to notice.
 */
export function withPorts(listener: number, proxy: number): (text: string) => string {
  const open = `timeout 20 bash -c 'until (exec 3<> /dev/tcp/127.0.0.1/${proxy}) 2> /dev/null; do sleep 0.05; done'`
  return text =>
    text
      .replaceAll('127.0.0.1:8443', `127.0.0.1:${listener}`)
      .replaceAll('127.0.0.1:8001', `127.0.0.1:${proxy}`)
      .replaceAll(/^kubectl proxy --port=8001 &$/gm, `kubectl proxy --port=${proxy} > /dev/null &\n${open}`)
}
