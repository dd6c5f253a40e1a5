// The same in French.
import type { sessions as english } from './en_sessions';

export const sessions: typeof english = {
  title: 'Connectés',
  lead: 'Les navigateurs connectés à cette console. Un propriétaire voit aussi ceux des autres.',
  who: 'Qui',
  since: 'Depuis',
  lastUsed: 'Dernier usage',
  from: 'Adresse',
  agent: 'Navigateur',
  unknown: 'inconnu',
  here: 'Ce navigateur',
  none: 'Personne n’est connecté.',
  end: 'Terminer',
  endAll: 'Tout terminer',
  endTitle: 'Terminer cette session de {name} ?',
  endAllTitle: 'Terminer toutes les sessions de {name} ?',
  endLead:
    'Ce qui y était saisi sans être enregistré est perdu. La personne peut se reconnecter : pour l’en empêcher, révoquez le jeton, ou retirez-lui son droit chez le fournisseur d’identité.',
  endSelf: 'Vous serez déconnecté ici.',
};
