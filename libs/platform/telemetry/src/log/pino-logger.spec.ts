import { Outage } from '@mailrun/platform-errors';
import { NestLogger } from './nest-logger.js';
import { PinoLogger } from './pino-logger.js';

function logInto(level: 'info' | 'debug' = 'info') {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const logger = PinoLogger.create({ level, base: { service: 'runs' }, destination });
  return { logger, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('PinoLogger', () => {
  it('writes one JSON line with level, time, base fields and the fields given', () => {
    const { logger, lines } = logInto();
    logger.child({ step: 'feed' }).info('Fed a chunk.', { messages: 500 });
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        service: 'runs',
        step: 'feed',
        messages: 500,
        msg: 'Fed a chunk.',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = logInto();
    logger.debug('Not this.');
    expect(lines()).toEqual([]);
  });

  it('writes errors with code, stack and causes, and nothing that drivers hang on them', () => {
    const { logger, written, lines } = logInto();
    const driver = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (address)=(jan@example.com) already exists.',
    });
    logger.error(
      'Could not store.',
      { rows: 1 },
      new Outage('database.away', 'The database is away.', { cause: driver }),
    );
    expect(lines()[0]).toMatchObject({
      level: 'error',
      rows: 1,
      error: { name: 'Outage', code: 'database.away', cause: { code: '23505', message: 'duplicate key' } },
    });
    expect(written[0]).not.toContain('jan@example.com');
  });

  it('writes what is no error too', () => {
    const { logger, lines } = logInto();
    logger.warn('Odd.', {}, 'text');
    expect(lines()[0]).toMatchObject({ error: { name: 'string', message: 'text' } });
  });

  it('ends a chain of causes that names itself', () => {
    const { logger, lines } = logInto();
    const loop = new Error('loop');
    loop.cause = loop;
    logger.warn('Loop.', {}, loop);
    expect(lines()).toHaveLength(1);
  });

  it('writes no secret that comes along by mistake', () => {
    const { logger, written } = logInto();
    logger.info('Server saved.', { password: 'hunter2', authorization: 'Bearer hunter2' });
    logger.info('Server saved.', { server: { password: 'hunter2' } } as never);
    expect(written.join('')).not.toContain('hunter2');
  });
});

describe('NestLogger', () => {
  it('passes on what Nest says, with its context', () => {
    const { logger, lines } = logInto('debug');
    const nest = new NestLogger(logger);
    nest.log('Mapped {/v1}', 'RouterExplorer');
    nest.error('Boom', 'Error: Boom\n    at here', 'ExceptionsHandler');
    nest.fatal(new Error('Bang'), 'Injector');
    expect(lines()).toMatchObject([
      { level: 'debug', msg: 'Mapped {/v1}', context: 'RouterExplorer' },
      { level: 'error', msg: 'Boom', context: 'ExceptionsHandler', stack: 'Error: Boom\n    at here' },
      { level: 'fatal', msg: 'Bang', context: 'Injector', error: { message: 'Bang' } },
    ]);
  });
});
