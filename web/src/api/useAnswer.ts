// What a page shows of one answer of the server.
import { useCallback, useEffect, useRef, useState } from 'react';
import { Refusal, retryAfterMs } from './client';

// Reads when the component appears, and again by `reload`, or by `again`, which tells when that is done. What fails in passing is asked for
// again until it is answered. Another function is another thing to read, so it is
// made once: outside of the component, or by useCallback. `put` shows what another answer has said.
export function useAnswer<T>(read: () => Promise<T>) {
  const [answer, setAnswer] = useState<T | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const begun = useRef(0);
  const ended = useRef(0);
  const again = useCallback(() => {
    const mine = ++begun.current;
    // An answer that was overtaken by one to a later question is none.
    const isNew = () => {
      const newer = mine > ended.current;
      if (newer) ended.current = mine;
      return newer;
    };
    return read().then(
      (got) => {
        if (!isNew()) return;
        setAnswer(got);
        setRefusal(null);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        if (isNew()) setRefusal(error);
      },
    );
  }, [read]);
  const reload = useCallback(() => void again(), [again]);
  useEffect(reload, [reload]);
  const retries = refusal !== null && refusal.passes;
  useEffect(() => {
    if (!retries) return;
    const timer = window.setTimeout(reload, retryAfterMs);
    return () => window.clearTimeout(timer);
  }, [retries, refusal, reload]);
  return { answer, refusal, reload, again, put: setAnswer };
}

// Calls `reload` now and then while `wanted` and somebody may be looking.
export function useNowAndThen(reload: () => void, everyMs: number, wanted = true) {
  useEffect(() => {
    if (!wanted) return;
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [reload, everyMs, wanted]);
}
