import type { Route } from '@mailrun/contracts';
import type { ApiClient, CallOptions } from '../client/api-client.js';
import { ApiProblem } from '../client/api-problem.js';

/** A call as the contract's types do not allow it. */
export interface WrongCall {
  readonly params?: object;
  readonly query?: object;
  readonly body?: unknown;
}

/**
 * Makes a call that must be refused.
 * @returns the refusal
 * @throws when it is accepted
 */
export async function refusalOf(
  api: ApiClient,
  route: Route,
  input: WrongCall,
  options: CallOptions = {},
): Promise<ApiProblem> {
  try {
    await api.call(route, input as never, { retries: false, ...options });
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  }
  throw new Error(`${route.id} was accepted, and should have been refused.`);
}

/** Each field that the refusal names, with what is wrong with it. */
export const fieldsOf = ({ problem }: ApiProblem): Record<string, string> =>
  Object.fromEntries((problem.errors ?? []).map(({ pointer, code }) => [pointer, code]));
