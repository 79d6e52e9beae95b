"""Code sets that claims use, and how their values are checked; no rule is known here.

`icd10cm`, `hcpcs` and `modifiers` each have `look_up(code, day)`, which says how a code stands on a
day and whether that is sure; `places` and `states` are plain lists, `npi` and `patterns` say what is
wrong with a value. `tables` finds the data, `loading` reads the files of CMS and CDC.
"""
