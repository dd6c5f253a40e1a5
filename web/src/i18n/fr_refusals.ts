// Ce que la console dit en français de ce que le serveur n’a pas fait ; `unread` : d’une simple lecture.
export const refusal: Record<string, string> = {
  unreachable:
    'Le serveur est injoignable. Il se peut que rien n’ait changé ; réessayer est sans risque.',
  unknown: 'Le serveur a donné une réponse que la console ne comprend pas.',
  unauthenticated: 'Votre session est terminée. Veuillez vous reconnecter.',
  forbidden: 'Votre rôle ne le permet pas.',
  not_found: 'Cela n’existe pas, ou vous ne pouvez pas le voir.',
  name_taken: 'Une autre passerelle de ce compte porte ce nom.',
  too_many_secondaries: 'La passerelle principale a cinq secondaires, le maximum.',
  has_secondaries: 'Elle a encore des secondaires. Supprimez-les d’abord.',
  already_registered: 'La passerelle a été enregistrée entre-temps.',
  no_active_key: 'Il n’y a plus de clé active.',
  gateway_removed: 'La passerelle a été supprimée.',
  token_revoked: 'Le jeton a été révoqué.',
  last_owner: 'C’est le dernier propriétaire : créez-en d’abord un autre.',
  too_many_webhooks: 'Il y a autant de webhooks que possible ; supprimez-en un d’abord.',
  too_many_tokens: 'Il y a trop de jetons ; révoquez-en d’abord.',
  generation_limit: 'Cette passerelle a eu toutes les clés possibles.',
  request_in_progress: 'La même requête est encore en cours. Patientez un instant.',
  version_conflict: 'Il y a eu un changement entre-temps. Vérifiez.',
  validation_failed: 'Quelque chose ne va pas dans le formulaire.',
  overloaded: 'Le serveur ne peut pas le faire maintenant. Réessayez dans un instant.',
  rate_limited: 'Trop de tentatives. Attendez un peu et réessayez.',
  read_only: 'Le serveur n’accepte aucun changement pour l’instant. Réessayez plus tard.',
  behind: 'Le serveur n’en est pas encore là. Réessayez.',
  outcome_unknown: 'On ignore si cela a été fait. Réessayer est sans risque.',
  part_missing: 'Cette partie de la console n’a pas pu être chargée. Rechargez la page.',
  csrf_rejected: 'La requête n’est pas venue de cette page comme il faut. Rechargez la page.',
};

export const unread: Record<string, string> = {
  unreachable: 'Le serveur est injoignable.',
  overloaded: 'Le serveur ne peut pas répondre maintenant.',
  rate_limited: 'Le serveur a été trop sollicité.',
  byItself: 'La console redemande d’elle-même.',
};
