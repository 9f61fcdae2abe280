import { parseArgs } from 'node:util';
import { stopOnSignals } from '@mailrun/platform-runtime';
import { ChangeTenant } from '@mailrun/service-gateway';
import { errorText } from './error-text.js';
import { startStandalone } from './standalone.js';

/** Conversations under way may wait ten minutes for the mail server's last answer (RFC 5321 4.5.3.2.6). */
const graceMs = 11 * 60_000;

const { values } = parseArgs({
  options: { port: { type: 'string' }, data: { type: 'string', default: '.data/mailrun' } },
});
try {
  const environment = {
    ...process.env,
    ...(values.port !== undefined && { MAILRUN_GATEWAY_PORT: values.port }),
  };
  const standalone = await startStandalone(values.data, environment);
  stopOnSignals(() => standalone.stop(), standalone.running.logger, graceMs);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`Mailrun is ready. API: ${standalone.api}/v1 · reference: ${standalone.api}/v1/docs`);
  if (!(await standalone.running.internal.get(ChangeTenant, { strict: false }).hasAny())) {
    say('Make your first tenant and its API key with:');
    say(
      `  npm run mailrun -- tenants create --name "Your company" --test-address you@example.com${values.data === '.data/mailrun' ? '' : ` --data ${values.data}`}`,
    );
  }
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
}
