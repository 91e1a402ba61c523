"""Secrets and words are planted into a stack; nothing that operators read may show one."""
