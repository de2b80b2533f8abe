/** Names for this machine that no gate may reach. */
export const THIS_MACHINE = [
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '017700000001',
  '0.0.0.0',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::7f00:1]',
  '[64:ff9b::7f00:1]',
  'localhost',
  'localhost.',
] as const

/** Addresses that no gate may ask, from a developer's machine either. */
export const NEVER = ['169.254.169.254', '[fd00:ec2::254]', '100.100.100.200', '[fe80::1]', '224.0.0.1'] as const
