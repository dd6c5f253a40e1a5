// A window over the page: the focus stays in it, Escape closes it, and the page gets the focus back.
import { useCallback, useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Once, Refusal } from '../api/client';
import { fill } from '../i18n/text';
import { useText } from '../i18n/context';
import { Button, CopyButton, Notice } from './controls';
import { RefusedContext, TouchContext, useHold } from './unsaved';

interface WindowProps {
  title: ReactNode;
  onClose(): void;
  children: ReactNode;
  // For what must be answered: a click beside it does not close it.
  deliberate?: boolean;
  // For what is lost with it: only its button closes it.
  holds?: boolean;
  // What it holds cannot be had again, so the browser asks too before it leaves the page.
  once?: boolean;
}

export function Window({ title, onClose, children, deliberate, holds, once }: WindowProps) {
  const [touched, setTouched] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const touch = useCallback(() => setTouched(true), []);
  // What was entered has been asked for when the window holds what came of it.
  useEffect(() => {
    if (holds) setTouched(false);
  }, [holds]);
  // Over a secret there is nothing to ask: it stays until it was copied or its button is pressed.
  const leave = useCallback(() => setLeaving(touched), [touched]);
  useHold(touched || !!holds, touched || !!(holds && once), leave);
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!deliberate && !holds}
      isKeyboardDismissDisabled={holds}
      onOpenChange={(open) => {
        if (open) return;
        if (touched) leave();
        else onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog" role={deliberate ? 'alertdialog' : 'dialog'}>
          <Heading slot="title" className="dialog-title">
            {title}
          </Heading>
          <TouchContext.Provider value={touch}>{children}</TouchContext.Provider>
          {leaving && <Leaving onStay={() => setLeaving(false)} onLeave={onClose} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

// Asks before a filled form is thrown away.
function Leaving({ onStay, onLeave }: { onStay(): void; onLeave(): void }) {
  const t = useText();
  return (
    <Notice tone="warning" alert>
      <p>{t.leave.lead}</p>
      <div className="leaving">
        <Button onPress={onStay} autoFocus>
          {t.leave.stay}
        </Button>
        <Button look="danger" onPress={onLeave}>
          {t.leave.leave}
        </Button>
      </div>
    </Notice>
  );
}

interface NoticeProps {
  refusal: Refusal | null;
  // Words for its code that go before the usual ones.
  before?: Record<string, string>;
  children?: ReactNode;
}

// What a refusal says, in the reader's language where its code is known.
export function RefusalNotice({ refusal, before, children }: NoticeProps) {
  const t = useText();
  if (!refusal) return null;
  const { code, detail } = refusal;
  const words = before?.[code] ?? t.refusal[code] ?? (detail || t.refusal.unknown);
  return (
    <Notice tone="danger" alert>
      {words}
      {refusal.errors.map((error) => (
        <div key={error.pointer + error.detail} className="hint">
          <span className="mono">{error.pointer}</span> {error.detail}
        </div>
      ))}
      {refusal.status >= 500 && refusal.requestId && (
        <div className="hint mono">{fill(t.refusalId, { id: refusal.requestId })}</div>
      )}
      {children}
    </Notice>
  );
}

interface UnreadProps {
  refusal: Refusal | null;
  again(): void;
  // Nothing asks again unless the button is pressed.
  byHand?: boolean;
}

// The same for what could not be read: nothing was to be changed, and it can be asked for again.
export function UnreadNotice({ refusal, again, byHand }: UnreadProps) {
  const t = useText();
  return (
    <RefusalNotice refusal={refusal} before={t.unread}>
      {refusal?.passes && (
        <div className="unread">
          <Button onPress={again}>{t.action.tryAgain}</Button>
          {!byHand && <span className="hint">{t.unread.byItself}</span>}
        </div>
      )}
    </RefusalNotice>
  );
}

// Runs one request at a time and keeps what it was refused with.
export function useRequest() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const run = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  };
  const forget = useCallback(() => setRefusal(null), []);
  return { busy, refusal, run, forget };
}

interface AskFormProps<T> {
  submit: string;
  // The one request of this form; `once` has its Idempotency-Key.
  send(once: Once): Promise<T>;
  // What follows from the answer. The window is closed before, so that this may open another.
  onDone?(answer: T): void;
  // Left out where the form stands on a page and there is nothing to go back to.
  onClose?(): void;
  disabled?: boolean;
  danger?: boolean;
  children: ReactNode;
}

// Asks the server for one thing: fields, the refusal, and two buttons.
export function AskForm<T>(props: AskFormProps<T>) {
  const t = useText();
  const { submit, send, onDone, onClose, disabled, danger, children } = props;
  const { busy, refusal, run, forget } = useRequest();
  const form = useRef<HTMLFormElement>(null);
  // Said at the field that it is about.
  const ofName = refusal?.code === 'name_taken';
  useEffect(() => {
    if (ofName) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [ofName, refusal]);
  const [once] = useState(() => new Once());
  const ask = async () => {
    const answer = await send(once);
    onClose?.();
    onDone?.(answer);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!disabled) void run(ask);
  };
  return (
    <form ref={form} className="stack" onSubmit={onSubmit} noValidate>
      <RefusedContext.Provider value={{ refusal, forget }}>{children}</RefusedContext.Provider>
      {!ofName && <RefusalNotice refusal={refusal} />}
      <div className="dialog-actions">
        {onClose && <Button onPress={onClose}>{t.action.cancel}</Button>}
        <Button
          type="submit"
          look={danger ? 'danger' : 'primary'}
          isDisabled={disabled}
          isPending={busy}
        >
          {submit}
        </Button>
      </div>
    </form>
  );
}

type AskWindowProps<T> = AskFormProps<T> & Omit<WindowProps, 'children'>;

// A window that asks the server for one thing, and closes when that is done.
export function AskWindow<T>({ title, deliberate, ...form }: AskWindowProps<T>) {
  return (
    <Window title={title} onClose={form.onClose} deliberate={deliberate}>
      <AskForm {...form} />
    </Window>
  );
}

interface TellWindowProps extends WindowProps {
  // The words of the button that closes it, where they are not "Close".
  close?: string;
  // A button beside that one.
  action?: ReactNode;
}

// A window that shows something until it is closed.
export function TellWindow({ close, action, children, ...window }: TellWindowProps) {
  const t = useText();
  return (
    <Window {...window}>
      <div className="stack">
        {children}
        <div className="dialog-actions">
          {action}
          <Button onPress={window.onClose}>{close ?? t.action.close}</Button>
        </div>
      </div>
    </Window>
  );
}

interface SecretWindowProps extends Omit<TellWindowProps, 'children'> {
  lead: string;
  // Null where an earlier answer had it.
  secret?: string | null;
  // The words of the button that copies it.
  copy: string;
  children?: ReactNode;
}

// A window that shows a secret this once.
export function SecretWindow({ lead, secret, copy, children, ...window }: SecretWindowProps) {
  const [kept, setKept] = useState(false);
  return (
    <TellWindow {...window} deliberate holds={!!secret && !kept} once>
      <Notice tone="warning">{lead}</Notice>
      {secret && (
        <section className="key-card">
          <p className="key-text key-text-long" data-testid="secret">
            {secret}
          </p>
          <CopyButton text={secret} label={copy} look="primary" onCopied={() => setKept(true)} />
        </section>
      )}
      {children}
    </TellWindow>
  );
}
