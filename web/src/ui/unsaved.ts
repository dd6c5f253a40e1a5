// What a window and its form share with the controls in them. What would be lost if the open window went now: a secret that was not copied, or a filled form. There is
// one window at a time.
import { createContext, useContext, useEffect } from 'react';
import type { Refusal } from '../api/client';

let held: (() => void) | null = null;

// While `wanted`, whoever would close the window otherwise than by its buttons calls `onLeave` instead.
// With `also`, the browser asks before it leaves the page.
export function useHold(wanted: boolean, also: boolean, onLeave: () => void) {
  useEffect(() => {
    if (!wanted) return;
    held = onLeave;
    return () => {
      held = null;
    };
  }, [wanted, onLeave]);
  useEffect(() => {
    if (!also) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => window.removeEventListener('beforeunload', stay);
  }, [also]);
}

export const heldWindow = () => held;

// Called by every control that is changed, so that the window around it knows.
export const TouchContext = createContext<() => void>(() => {});

// What the form around a field was refused with, until the field is changed.
interface Refused {
  refusal: Refusal | null;
  forget(): void;
}
export const RefusedContext = createContext<Refused>({ refusal: null, forget: () => {} });

// `onChange` that tells the window.
export function useTouching<V>(onChange: (value: V) => void): (value: V) => void {
  const touch = useContext(TouchContext);
  return (value) => {
    touch();
    onChange(value);
  };
}
