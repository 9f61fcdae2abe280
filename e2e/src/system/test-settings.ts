/** What every process under test has besides its addresses: shorter waits than at work, where a test would sit them out. */
export const testSettings: Readonly<Record<string, string>> = {
  MAILRUN_LOG_LEVEL: 'info',
  // One client on one key asks as much as a company does.
  MAILRUN_GATEWAY_REQUESTS_PER_SECOND: '100000',
  MAILRUN_GATEWAY_REQUEST_BURST: '100000',
  // What a killed dispatcher held is free again soon.
  MAILRUN_DISPATCHER_LEASE_MS: '3000',
  // An outcome that was lost with a killed process is asked for soon.
  MAILRUN_RUNS_ASK_AFTER_MS: '3000',
  // A killed consumer's partitions are given to its successor soon.
  MAILRUN_BUS_SESSION_TIMEOUT_MS: '2000',
  MAILRUN_RENDERER_SANDBOX_PROCESSES: '1',
};
