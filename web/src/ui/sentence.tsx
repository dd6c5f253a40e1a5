// A message with more than text in it: names as links, times as times.
import { Fragment, type ReactNode } from 'react';
import { pieces } from '../i18n/text';

interface Props {
  message: string;
  values: Record<string, ReactNode>;
}

export function Sentence({ message, values }: Props) {
  return (
    <>
      {pieces(message).map((piece, index) => (
        <Fragment key={index}>{piece.name ? (values[piece.name] ?? '') : piece.text}</Fragment>
      ))}
    </>
  );
}
