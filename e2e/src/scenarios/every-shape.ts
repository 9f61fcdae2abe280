import { chinookRun } from './chinook-run.scenario.js';
import { killedProcess } from './killed-process.scenario.js';
import { decidedMails } from './decided-mails.scenario.js';
import { furtherCopies } from './further-copies.scenario.js';
import { pausedRun } from './paused-run.scenario.js';
import { pausedServer } from './paused-server.scenario.js';
import { quarantinedTemplate } from './quarantined-template.scenario.js';
import type { SystemUnderTest } from './scenario.js';
import { stoppedRun } from './stopped-run.scenario.js';
import { testMode } from './test-mode.scenario.js';
import { twoRuns } from './two-runs.scenario.js';
import { twoTenants } from './two-tenants.scenario.js';

/** What must come true however the system is put together. @param processes their names in this shape */
export function everyShape(system: SystemUnderTest, processes: readonly string[]): void {
  chinookRun(system);
  twoRuns(system);
  twoTenants(system);
  testMode(system);
  stoppedRun(system);
  pausedRun(system);
  pausedServer(system);
  quarantinedTemplate(system);
  furtherCopies(system);
  decidedMails(system);
  killedProcess(system, processes);
}
