# One group a data service; each lets in the services' nodes on its own port, and nobody out.
locals {
  # The broker's second port is its management, which serves figures to Prometheus too.
  ports = {
    broker   = [5671, 443]
    database = [5432]
    cache    = [6379]
  }

  doors = {
    for door in flatten([
      for part, ports in local.ports : [
        for pair in setproduct(ports, var.client_security_group_ids) : {
          part   = part
          port   = pair[0]
          client = pair[1]
        }
      ]
    ]) : "${door.part}-${door.port}-${door.client}" => door
  }
}

resource "aws_security_group" "this" {
  for_each = local.ports

  name_prefix = "${var.name}-${each.key}-"
  description = "The services reach the ${each.key}"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.doors

  security_group_id            = aws_security_group.this[each.value.part].id
  referenced_security_group_id = each.value.client
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = "The services"
}
