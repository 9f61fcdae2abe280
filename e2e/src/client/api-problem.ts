import { problemSchema, type Problem } from '@mailrun/contracts';

/** The API refused a call. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    call: string,
    readonly problem: Problem,
  ) {
    const fields = (problem.errors ?? []).map(({ pointer, detail }) => ` ${pointer}: ${detail}`).join('');
    super(`${call}: ${problem.status} ${problem.code}: ${problem.detail}${fields}`);
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/**
 * The problem of an answer.
 * @throws when the answer is no `application/problem+json` as the contract has it: every refusal must be one
 */
export function problemOf(call: string, response: Response, text: string): ApiProblem {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json'))
    throw new Error(`${call} answered ${response.status} with ${type || 'no type'}: ${text.slice(0, 300)}`);
  return new ApiProblem(call, problemSchema.parse(JSON.parse(text)));
}
