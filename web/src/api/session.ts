// The session's own requests. A wrong token or link is an answer like any other here, so these do
// not end the session that may be there.
import { answerOf, api } from './client';

export const fetchSession = () => answerOf(api.GET('/v1/session'));

export const startSession = (proof: { token: string } | { code: string }) =>
  answerOf(api.POST('/v1/session', { body: proof }));

export const endSession = (everywhere: boolean) =>
  answerOf(
    api.DELETE('/v1/session', { params: { query: { everywhere: everywhere ? 'true' : 'false' } } }),
  );
