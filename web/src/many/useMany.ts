import { useEffect, useReducer, useRef, useState } from 'react';
import { Many, type Job } from './run';

// What runs belongs to its window: with it, it stops.
export function useMany<T>() {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const [running, setRunning] = useState(false);
  const many = useRef<Many<T> | null>(null);
  useEffect(() => () => many.current?.stop(), []);
  const run = async () => {
    setRunning(true);
    await many.current?.run();
    setRunning(false);
  };
  const begin = (jobs: Job<T>[]) => {
    many.current = new Many(jobs, draw);
    void run();
  };
  return { many: many.current, running, begin, again: () => void run() };
}
